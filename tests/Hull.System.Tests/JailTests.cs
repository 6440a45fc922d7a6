using System.Diagnostics;
using System.Text;
using Hull.Linux;
using Hull.Machine.Boot;
using Hull.Machine.Host.Service;
using Hull.Runtime.Jail;

namespace Hull.System.Tests;

/// <summary>The jail of a machine's process: what it has, what it calls, what it is refused.</summary>
public sealed class JailTests : IDisposable
{
    // Resets the machine once, so that everything is also made anew in the jail; then waits for the power button.
    private const string Script = """
        mount -t devtmpfs d /dev
        mount -t proc p /proc
        modules
        if ! grep -q marked /dev/vda; then echo marked | dd of=/dev/vda conv=fsync 2>/dev/null; reboot -f; fi
        exec 3< /dev/input/event0
        echo ready | dd of=/dev/vda bs=512 seek=1 conv=fsync 2>/dev/null
        head -c 24 <&3 > /dev/null
        poweroff -f
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("hull-jail-").FullName;

    public void Dispose()
    {
        if (HullHost.CanRun)
        {
            Run(Hull("vm", "rm", "-f", "one"));
        }

        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void Process_OfRunningMachine_HasNothingButWhatItWasHanded()
    {
        Create();
        Assert.Equal("", Run(Hull("vm", "start", "one")));
        string process = $"/proc/{ProcessId()}";

        string status = File.ReadAllText(process + "/status");

        Assert.Matches(@"Uid:\s+18790\d{5}\s", status);
        Assert.Matches(@"Gid:\s+18790\d{5}\s", status);
        Assert.Matches(@"Groups:\s*\n", status);
        Assert.Matches(@"CapPrm:\s+0+\n", status);
        Assert.Matches(@"CapEff:\s+0+\n", status);
        Assert.Matches(@"CapBnd:\s+0+\n", status);
        Assert.Matches(@"NoNewPrivs:\s+1\n", status);
        Assert.Matches(@"Seccomp:\s+2\n", status);
        foreach (string space in (string[])["mnt", "pid", "net", "ipc", "uts", "cgroup"])
        {
            Assert.NotEqual(LinkOf("/proc/self/ns/" + space), LinkOf($"{process}/ns/{space}"));
        }

        string[] files = Directory.GetFileSystemEntries(process + "/root", "*", SearchOption.AllDirectories);
        Assert.Equal(["/dev", "/dev/urandom", "/hull-machine"], files.Select(file => file[(process.Length + 5)..]).Order(StringComparer.Ordinal));
        Assert.All(
            File.ReadAllLines(process + "/mountinfo"), mount => Assert.StartsWith("ro", mount.Split(' ')[5], StringComparison.Ordinal));
        string group = File.ReadLines(process + "/cgroup").Select(line => line[(line.IndexOf(':', 2) + 1)..])
            .First(path => path.StartsWith("/hull/vm-one-", StringComparison.Ordinal));
        Assert.NotEmpty(Groups(group));
        Run(Hull("vm", "stop", "-t", "0", "one"));
        Assert.Empty(Groups(group));
    }

    // It answers nobody then; no more does one whose guest keeps a device busy.
    [Fact]
    public void Stop_OfProcessThatStandsStill_EndsIt()
    {
        Create();
        Assert.Equal("", Run(Hull("vm", "start", "one")));
        using PidFd process = PidFd.TryOpen(ProcessId())!;
        Assert.True(process.TrySignal(new Signal(19)));

        Run(Hull("vm", "stop", "-t", "1", "one"));

        Assert.True(process.Wait(0));
        Assert.Contains("died", Run(Hull("vm", "ls")), StringComparison.Ordinal);
    }

    [Fact]
    public void Machine_WithTapAndPackedDisk_UsesThemFromTheJail()
    {
        const string Images = "/usr/bin/qemu-img";
        RequireHost();
        Assert.SkipUnless(File.Exists("/dev/net/tun") && File.Exists(Images), "Needs /dev/net/tun and qemu-img.");
        string initrd = WriteGuest("""
            mount -t devtmpfs d /dev
            mount -t proc p /proc
            modules
            ip addr add 10.78.0.2/24 dev eth0
            ip link set eth0 up
            until ping -c 1 -W 1 10.78.0.1 > /dev/null 2>&1; do :; done
            blkdiscard -o 65536 -l 65536 /dev/vda && given=given
            echo "pinged $given $(head -c 6 /dev/vdb) ready" | dd of=/dev/vda conv=fsync 2>/dev/null
            sleep 1000
            """);
        string packed = Path.Combine(_directory, "packed.qcow2");
        File.WriteAllText(Path.Combine(_directory, "plain"), "packed" + new string(' ', 1 << 17));
        Run(new ProcessStartInfo(Images, ["convert", "-c", "-O", "qcow2", "-o", "compression_type=zstd", Path.Combine(_directory, "plain"), packed])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        File.WriteAllBytes(Disk, new byte[1 << 20]);
        Run(Hull(
            "vm", "create", "one", "--kernel", GuestKernel.Require(), "--initrd", initrd, "--append", "console=ttyS0 panic=-1 quiet",
            "--disk", Disk, "--disk", packed + ",format=qcow2,readonly", "--net", "tap=hulltap1"));

        PrivateNetwork.Run(() =>
        {
            // The tap is there as long as the machine is.
            Assert.Equal("", Run(Hull("vm", "start", "one")));
            foreach (string[] arguments in (string[][])[["addr", "add", "10.78.0.1/24", "dev", "hulltap1"], ["link", "set", "hulltap1", "up"]])
            {
                using Process ip = Process.Start("ip", arguments);
                ip.WaitForExit();
                Assert.Equal(0, ip.ExitCode);
            }

            using PidFd machine = PidFd.TryOpen(ProcessId())!;

            // Standing still and going on is the kernel's matter, but calls that go on are the filter's.
            Assert.True(machine.TrySignal(new Signal(19)) && machine.TrySignal(new Signal(18)));
            while (!ReadDisk().Contains("ready", StringComparison.Ordinal))
            {
                Assert.False(machine.Wait(200), "The machine ended.");
            }
        });

        Assert.StartsWith("pinged given packed ready\n", ReadDisk(), StringComparison.Ordinal);
        Run(Hull("vm", "stop", "-t", "0", "one"));
    }

    private static string[] Groups(string path) =>
        [.. Directory.GetDirectories("/sys/fs/cgroup").Append("/sys/fs/cgroup").Select(mount => mount + path).Where(Directory.Exists)];


    [Fact]
    public void Filter_OverALife_AllowsNothingThatIsNotUsed()
    {
        Assert.SkipUnless(File.Exists(TracedCalls.Strace), "This machine has no strace.");
        Create();
        string trace = Path.Combine(_directory, "trace");
        using Process traced = Process.Start(Under(Hull("vm", "start", "one"), TracedCalls.Strace, [.. TracedCalls.Arguments, trace]))!;
        while (!ReadDisk().Contains("ready", StringComparison.Ordinal))
        {
            Assert.False(traced.WaitForExit(200), "The machine ended.");
        }

        // A console that stays is shut down by the machine.
        using FileDescriptor console = UnixSocket.Connect(Path.Combine(_directory, "state/vms/one/control.sock"));
        VmProtocol.WriteLine(console, VmProtocol.Console);
        Assert.Equal(VmProtocol.Done, VmProtocol.ReadLine(console));
        Run(Hull("vm", "snapshot", "one", Path.Combine(_directory, "saved")));
        Run(Hull("vm", "stop", "-t", "90", "one"));
        Assert.True(traced.WaitForExit(30_000), "The machine's process did not end.");

        TracedCalls calls = new(trace);
        string[] listed = [.. JailCalls.Start, .. JailCalls.Memory, .. JailCalls.Threads, .. JailCalls.Handed, .. JailCalls.Disks];
        Assert.Empty(listed.Except(calls.Used("user")));

        // A process that rests looks for proc(5), once, and is refused that too.
        Assert.Contains("socketpair", calls.Refused("user"));
        Assert.Empty(calls.Refused("user").Except(["socketpair", "stat"]));
    }

    private string Disk => Path.Combine(_directory, "disk");

    // The machine has it open as its own, which .NET's own files respect.
    private string ReadDisk()
    {
        using FileDescriptor file = HostFile.Open(Disk, HostFile.ReadOnly);
        return Encoding.ASCII.GetString(HostFile.ReadAll(file, Disk));
    }

    private static void RequireHost()
    {
        HullHost.RequireRoot();
        Assert.SkipUnless(Environment.GetEnvironmentVariable("HULL_BIN") is not null, "Needs the published programs (HULL_BIN).");
    }

    private string WriteGuest(string script)
    {
        BootRequest boot = LinuxGuest.Boot(script, LinuxGuest.RequireModules());
        string initrd = Path.Combine(_directory, "initrd");
        File.WriteAllBytes(initrd, boot.Initramfs.ToArray());
        return initrd;
    }

    private void Create()
    {
        RequireHost();
        string initrd = WriteGuest(Script);
        File.WriteAllBytes(Disk, new byte[1 << 20]);
        Run(Hull("vm", "create", "one", "--kernel", GuestKernel.Require(), "--initrd", initrd, "--disk", Disk, "--append", "console=ttyS0 panic=-1 quiet"));
    }

    // The machine's process holds its lock's file open.
    private int ProcessId()
    {
        string held = Path.Combine(_directory, "root/vms/one/lock");
        return Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).OfType<string>()
            .Where(name => name.All(char.IsAsciiDigit))
            .Where(name => LinkOf($"/proc/{name}/fd/5") == held).Select(int.Parse).Single();
    }

    private static string? LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private ProcessStartInfo Hull(params string[] arguments)
    {
        ProcessStartInfo start = new(Checkout.Program("hull"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["HULL_ROOT"] = Path.Combine(_directory, "root");
        start.Environment["HULL_STATE"] = Path.Combine(_directory, "state");
        start.Environment["HULL_MACHINE"] = Checkout.Program("hull-machine");
        return start;
    }

    private static ProcessStartInfo Under(ProcessStartInfo start, string program, params string[] arguments)
    {
        start.ArgumentList.Insert(0, start.FileName);
        for (int i = arguments.Length - 1; i >= 0; i--)
        {
            start.ArgumentList.Insert(0, arguments[i]);
        }

        start.FileName = program;
        return start;
    }

    private static string Run(ProcessStartInfo start)
    {
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return start.ArgumentList.Contains("start") ? error.GetAwaiter().GetResult() : output;
    }
}
