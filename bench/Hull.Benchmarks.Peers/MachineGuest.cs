using System.Globalization;
using System.Runtime.CompilerServices;

namespace Hull.Benchmarks.Peers;

/// <summary>The guest of the machine cases: Debian's kernel, and our programs as process 1 of an initramfs of their own.</summary>
internal sealed class MachineGuest
{
    private readonly string _scratch;

    /// <summary>Compiles the programs, packs them and finds the kernel.</summary>
    internal MachineGuest(Context context)
    {
        _scratch = Directory.CreateDirectory(Path.Combine(context.Scratch, Path.GetRandomFileName())).FullName;
        string root = Directory.CreateDirectory(Path.Combine(_scratch, "root/dev")).Parent?.FullName ?? "";
        Context.Succeed(
            "gcc", "-static", "-O2", "-fno-tree-loop-distribute-patterns", "-o", Path.Combine(root, "init"), Path.Combine(Sources(), "Guest/programs.c"), "-lm");
        Context.Succeed("mknod", Path.Combine(root, "dev/console"), "c", "5", "1");
        Initramfs = Path.Combine(_scratch, "initrd");
        Context.Succeed("sh", "-c", $"cd '{root}' && find . | cpio --quiet -o -H newc > '{Initramfs}'");
        Kernel = FindKernel(context, _scratch);
    }

    /// <summary>How often everything runs: Bochs takes half a minute a round, so one round is a choice.</summary>
    internal static int Rounds { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("HULL_BENCH_ROUNDS"), CultureInfo.InvariantCulture, out int rounds) ? rounds : 3;

    /// <summary>Debian's kernel image.</summary>
    internal string Kernel { get; }

    /// <summary>The initramfs.</summary>
    internal string Initramfs { get; }

    /// <summary>A machine of Hull's.</summary>
    internal MachineRun Hull(Context context, string processor, string programs) => new(
        context.Hull, "--root", Path.Combine(_scratch, "hull"), "vm", "run", "--processor", processor, "--memory", "256m",
        "--kernel", Kernel, "--initrd", Initramfs, "--append", Line("reboot=k", programs));

    /// <summary>QEMU's translator on its smallest board. It is told the frequency: its calibration hangs on a busy host.</summary>
    internal MachineRun Qemu(string programs) => new(
        "qemu-system-x86_64", "-M", "microvm", "-cpu", "max", "-accel", "tcg", "-m", "256", "-nodefaults", "-no-user-config", "-display", "none",
        "-serial", "stdio", "-no-reboot", "-kernel", Kernel, "-initrd", Initramfs,
        "-append", Line("reboot=t", programs) + $" tsc_early_khz={HostKilohertz()}");

    /// <summary>Bochs as Debian builds it, by way of its BIOS and GRUB on a disc.</summary>
    internal MachineRun Bochs(string programs)
    {
        string name = programs.Length == 0 ? "boot" : string.Concat(programs.Where(char.IsAsciiLetterLower));
        string directory = Path.Combine(_scratch, $"disc-{name}");
        string disc = directory + ".iso";
        if (!File.Exists(disc))
        {
            Directory.CreateDirectory(Path.Combine(directory, "boot/grub"));
            File.Copy(Kernel, Path.Combine(directory, "boot/vmlinuz"));
            File.Copy(Initramfs, Path.Combine(directory, "boot/initrd"));
            File.WriteAllText(
                Path.Combine(directory, "boot/grub/grub.cfg"),
                $"set timeout=0\nlinux /boot/vmlinuz {Line("reboot=t", programs)}\ninitrd /boot/initrd\nboot\n");
            Context.Succeed("sh", "-c", $"grub-mkrescue -o '{disc}' '{directory}' 2>/dev/null");
        }

        string configuration = directory + ".bochsrc";
        File.WriteAllText(configuration, BochsConfiguration(disc, directory + ".log"));
        File.WriteAllText(directory + ".rc", "c\n"); // Debian's build starts in its debugger
        return new("bochs-bin", "-q", "-rc", directory + ".rc", "-f", configuration);
    }

    /// <summary>The kernel of whoever runs this, or a pulled one.</summary>
    internal static string FindKernel(Context context, string scratch) => Environment.GetEnvironmentVariable("HULL_TEST_KERNEL")
        ?? Context.Succeed(context.Hull, "--root", Path.Combine(scratch, "guest"), "vm", "kernel", "pull").Split('\n')[^1];

    private static string Line(string reboot, string programs) =>
        $"console=ttyS0 quiet panic=-1 {reboot}" + (programs.Length == 0 ? "" : $" bench={programs}");

    private static string BochsConfiguration(string disc, string log) =>
        $"""
        display_library: rfb, options="timeout=0"
        cpu: model=corei7_haswell_4770, count=1, ips=50000000, reset_on_triple_fault=0, ignore_bad_msrs=1
        memory: guest=256, host=256
        romimage: file=/usr/share/bochs/BIOS-bochs-latest
        vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
        ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
        ata0-master: type=cdrom, path={disc}, status=inserted
        boot: cdrom
        log: {log}
        com1: enabled=1, mode=file, dev=/dev/stdout
        clock: sync=none
        panic: action=fatal
        error: action=ignore
        info: action=ignore

        """;

    /// <summary>The host's frequency, for a guest that would measure it.</summary>
    internal static long HostKilohertz()
    {
        string line = File.ReadLines("/proc/cpuinfo").First(each => each.StartsWith("cpu MHz", StringComparison.Ordinal));
        return (long)(double.Parse(line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture) * 1000);
    }

    /// <summary>Where this project's sources lie.</summary>
    internal static string Sources([CallerFilePath] string file = "") => Path.GetDirectoryName(file) ?? "";
}
