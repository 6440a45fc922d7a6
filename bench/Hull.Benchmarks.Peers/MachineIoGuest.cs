using System.Diagnostics;
using Hull.Machine.Boot;

namespace Hull.Benchmarks.Peers;

/// <summary>The guest of the input and output case, and the host side of its devices: a disk, a tap in a network of its own, a directory.</summary>
internal sealed class MachineIoGuest : IDisposable
{
    /// <summary>Bytes of the disk.</summary>
    internal const long DiskBytes = 256 << 20;

    private const string Daemon = "/usr/lib/qemu/virtiofsd";
    private const string Tap = "hulltap0";

    // The machine and the other end of its network share a namespace that dies with them.
    private const string InNetwork =
        $"ip link set lo up && ip tuntap add {Tap} mode tap vnet_hdr && ip addr add 10.77.0.1/24 dev {Tap} && ip link set {Tap} up || exit; "
        + "\"$0\" --peer > /dev/null & exec \"$@\"";

    private static readonly string[] s_modules = ["virtio_mmio", "virtio_blk", "virtio_net", "virtiofs"];

    private readonly Context _context;
    private readonly string _scratch;
    private readonly string _program;
    private readonly string _kernel;
    private readonly string _initramfs;
    private Process? _daemon;

    internal MachineIoGuest(Context context)
    {
        _context = context;
        _scratch = Directory.CreateDirectory(Path.Combine(context.Scratch, Path.GetRandomFileName())).FullName;
        _program = Path.Combine(_scratch, "io");
        Context.Succeed("gcc", "-static", "-O2", "-o", _program, Path.Combine(MachineGuest.Sources(), "Guest/io.c"));
        _kernel = MachineGuest.FindKernel(context, _scratch);
        _initramfs = Path.Combine(_scratch, "initrd");
        WriteInitramfs();
        File.WriteAllBytes(Disk, new byte[DiskBytes]);
        Directory.CreateDirectory(Share);
    }

    private string Disk => Path.Combine(_scratch, "disk");

    private string Share => Path.Combine(_scratch, "share");

    /// <summary>Hull's machine with a disk, a card and a share.</summary>
    internal MachineRun Hull() => InNamespace(
        _context.Hull, "--root", Path.Combine(_scratch, "hull"), "vm", "run", "--processor", "interpreter", "--memory", "256m",
        "--kernel", _kernel, "--initrd", _initramfs, "--append", Line("/mnt/bench"),
        "--disk", Disk, "--net", $"tap={Tap},mac=02:00:00:77:00:02", "--share", $"bench={Share}");

    /// <summary>QEMU's translator with the same devices; its file server is a process of its own.</summary>
    internal MachineRun Qemu()
    {
        string socket = Path.Combine(_scratch, "fs.sock");
        _daemon?.Dispose();
        _daemon = Process.Start(new ProcessStartInfo(Daemon, [$"--socket-path={socket}", "-o", $"source={Share}", "-o", "cache=auto", "-f"])
        {
            RedirectStandardError = true,
        });
        while (!File.Exists(socket))
        {
            Thread.Sleep(10);
        }

        return InNamespace(
            "qemu-system-x86_64", "-M", "microvm,memory-backend=ram", "-object", "memory-backend-memfd,id=ram,size=256M,share=on",
            "-cpu", "max", "-accel", "tcg", "-m", "256", "-nodefaults", "-no-user-config", "-display", "none",
            "-serial", "stdio", "-no-reboot", "-global", "virtio-mmio.force-legacy=false",
            "-kernel", _kernel, "-initrd", _initramfs, "-append", $"{Line("/mnt")} tsc_early_khz={MachineGuest.HostKilohertz()}",
            "-drive", $"if=none,id=disk,format=raw,file={Disk}", "-device", "virtio-blk-device,drive=disk",
            "-netdev", $"tap,id=net,ifname={Tap},script=no,downscript=no", "-device", "virtio-net-device,netdev=net,mac=02:00:00:77:00:02",
            "-chardev", $"socket,id=fs,path={socket}", "-device", "vhost-user-fs-device,chardev=fs,tag=hull");
    }

    public void Dispose()
    {
        _daemon?.Kill();
        _daemon?.Dispose();
    }

    private MachineRun InNamespace(params string[] machine) => new(["unshare", "--net", "sh", "-c", InNetwork, _program, .. machine]);

    private static string Line(string share) => $"console=ttyS0 quiet panic=-1 cryptomgr.notests disk=1 net=1 share={share}";

    private void WriteInitramfs()
    {
        string tree = Path.GetDirectoryName(Path.GetDirectoryName(_kernel)) ?? "/";
        KernelModules modules = new(Directory.EnumerateDirectories(Path.Combine(tree, "lib/modules")).First());
        using FileStream stream = File.Create(_initramfs);
        using InitramfsWriter writer = new(stream);
        foreach (string directory in (string[])["/dev", "/mnt", "/modules"])
        {
            writer.AddDirectory(directory);
        }

        writer.AddCharacterDevice("/dev/console", 5, 1);
        int number = 0;
        foreach ((_, byte[] content) in modules.Resolve(s_modules))
        {
            writer.AddFile($"/modules/{number++:00}.ko", content);
        }

        writer.AddFile("/init", File.ReadAllBytes(_program), 0x1ED);
        writer.Finish();
    }
}
