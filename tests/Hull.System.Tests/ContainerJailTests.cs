using System.Diagnostics;
using System.Globalization;
using Hull.Runtime.Jail;
using Hull.Runtime.MicroVm;

namespace Hull.System.Tests;

/// <summary>The jails of the two processes behind <c>--isolation vm</c>.</summary>
public sealed class ContainerJailTests : IDisposable
{
    private readonly HullHost _hull = new(HullHost.Machine);

    public void Dispose() => _hull.Dispose();

    [Fact]
    public void Processes_OfRunningContainer_HaveNothingButWhatTheyWereHanded()
    {
        string id = _hull.Run("run", "-d", "--name", "j", "-m", "128m", "busybox", "sleep", "1000").Succeeds().Trim();
        string machine = ProcessOf(id, MachineDescriptors.MachineMode);
        string files = ProcessOf(id, MachineDescriptors.FilesMode);

        string[] ids = [.. new[] { machine, files }.Select(process => LineOf(process, "Uid:"))];
        Assert.All(ids, line => Assert.Matches(@"^(18790\d{5})\s\1\s\1\s", line));
        Assert.NotEqual(ids[0], ids[1]);
        Assert.Matches("^0+$", LineOf(machine, "CapPrm:") + LineOf(machine, "CapEff:") + LineOf(machine, "CapBnd:"));

        // CHOWN, DAC_OVERRIDE, FOWNER, FSETID, SETGID, SETUID, MKNOD, SETFCAP.
        Assert.Equal("00000000880000db", LineOf(files, "CapBnd:"));
        Assert.Equal("00000000880000db", LineOf(files, "CapPrm:"));
        foreach (string process in (string[])[machine, files])
        {
            Assert.Equal("1 2", $"{LineOf(process, "NoNewPrivs:")} {LineOf(process, "Seccomp:")}");
            foreach (string space in (string[])["mnt", "pid", "net", "ipc", "uts", "cgroup"])
            {
                Assert.NotEqual(File.ResolveLinkTarget("/proc/self/ns/" + space, false)!.Name, File.ResolveLinkTarget($"{process}/ns/{space}", false)!.Name);
            }

            Assert.All(
                File.ReadAllLines(process + "/mountinfo"), mount => Assert.StartsWith("ro", mount.Split(' ')[5], StringComparison.Ordinal));
        }

        Assert.Equal(["dev", "hull-machine", "modules"], Names(machine + "/root"));
        Assert.Equal(["all", "dev", "hull-machine", "proc"], Names(files + "/root"));
        Assert.Equal(["fd"], Names(files + "/root/proc/self"));
        Assert.Empty(Names(files + "/root/all"));
        AssertLimited(machine, (128 + 160 + 256) << 20);
        AssertLimited(files, (256 << 20) + (((128 + 160) << 20) / 4));
        _hull.Run("rm", "-f", "j").Succeeds();
        _hull.AssertNothingLeft();
        Assert.Empty(Leftovers(id));
    }

    [Theory]
    [InlineData(MachineDescriptors.MachineMode)]
    [InlineData(MachineDescriptors.FilesMode)]
    public void Process_ThatIsKilled_EndsTheContainerAndLeavesNothing(string mode)
    {
        string id = _hull.Run("run", "-d", "--name", "j", "busybox", "sh", "-c", "while true; do ls / > /dev/null; echo 1 > /a; done").Succeeds().Trim();
        string process = ProcessOf(id, mode);
        using (Process victim = Process.GetProcessById(int.Parse(Path.GetFileName(process), CultureInfo.InvariantCulture)))
        {
            victim.Kill();
        }

        _hull.Run("wait", "j").Succeeds();

        Assert.Equal("exited", _hull.Inspect("j", "{{.State.Status}}"));
        _hull.Run("rm", "j").Succeeds();
        _hull.AssertNothingLeft();
        Assert.Empty(Leftovers(id));
    }

    [Fact]
    public void Filters_OverALife_AllowNothingThatIsNotUsed()
    {
        Assert.SkipUnless(File.Exists(TracedCalls.Strace), "This machine has no strace.");
        string program = PosixTests.Build(_hull.HomeDirectory);
        string trace = Path.Combine(_hull.HomeDirectory, "trace");

        string output = _hull.RunUnder(
            [TracedCalls.Strace, .. TracedCalls.Arguments, trace],
            "run", "--rm", "--isolation", "vm", "-v", $"{program}:/posix:ro", "busybox", "/posix", "/tmp/asked").Succeeds();

        Assert.EndsWith("all appends are there: 4000\n", output, StringComparison.Ordinal);
        TracedCalls calls = new(trace);
        string[] machine = [.. JailCalls.Start, .. JailCalls.Memory, .. JailCalls.Threads, .. JailCalls.Handed, .. JailCalls.Streams, .. JailCalls.Modules, .. JailCalls.Shares];
        Assert.Empty(machine.Except(calls.Used(MachineDescriptors.MachineMode)));
        string[] files = [.. FileServerCalls.Start, .. FileServerCalls.Requests, .. FileServerCalls.Files];
        Assert.Empty(files.Except(calls.Used(MachineDescriptors.FilesMode)));
        Assert.Contains("socketpair", calls.Refused(MachineDescriptors.MachineMode));
        Assert.Equal(["socketpair"], calls.Refused(MachineDescriptors.FilesMode));
    }

    private static string ProcessOf(string id, string mode) => Processes(id).Single(process => CommandOf(process) is [_, var given, _, ..] && given == mode);

    private static string[] Leftovers(string id) =>
    [
        .. Processes(id),
        .. Directory.EnumerateDirectories("/sys/fs/cgroup", "hull", SearchOption.AllDirectories)
            .SelectMany(parent => Directory.EnumerateDirectories(parent)).Where(path => path.Contains(id, StringComparison.Ordinal)),
    ];

    private static string[] Processes(string id) =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0]))
            .Where(process => CommandOf(process) is ["/hull-machine", _, var directory, ..] && directory.EndsWith(id, StringComparison.Ordinal)),
    ];

    private static string[] CommandOf(string process)
    {
        try
        {
            return File.ReadAllText(process + "/cmdline").Split('\0');
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static string LineOf(string process, string key) =>
        File.ReadLines(process + "/status").Single(line => line.StartsWith(key, StringComparison.Ordinal))[key.Length..].Trim();

    private static string[] Names(string directory) =>
        [.. Directory.GetFileSystemEntries(directory).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static void AssertLimited(string process, long bytes)
    {
        string[] groups = [.. File.ReadLines(process + "/cgroup").Select(line => line[(line.IndexOf(':', 2) + 1)..])];
        string? memory = groups.Where(path => path.StartsWith("/hull/", StringComparison.Ordinal))
            .SelectMany(path => new[] { $"/sys/fs/cgroup/memory{path}/memory.limit_in_bytes", $"/sys/fs/cgroup{path}/memory.max" })
            .FirstOrDefault(File.Exists);
        Assert.NotNull(memory);
        Assert.Equal(bytes.ToString(CultureInfo.InvariantCulture), File.ReadAllText(memory).Trim());
    }
}
