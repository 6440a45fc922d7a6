using System.Diagnostics;
using System.Globalization;

namespace Hull.System.Tests;

/// <summary>What cannot be done is said in one sentence with Docker's exit code, and leaves everything as it was.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly HullHost _hull = new();

    public void Dispose() => _hull.Dispose();

    [Theory]
    [InlineData(125, "already in use", "run", "--name", "taken", "busybox", "true")]
    [InlineData(125, "already in use", "create", "--name", "taken", "busybox", "true")]
    [InlineData(1, "already in use", "rename", "up", "taken")]
    [InlineData(125, "not a container name", "run", "--name", "-x/y", "busybox", "true")]
    [InlineData(125, "not a size", "run", "--memory", "12parsecs", "busybox", "true")]
    [InlineData(125, "memory", "run", "-m", "64m", "--memory-swap", "32m", "busybox", "true")]
    [InlineData(125, "cpuset", "run", "--cpuset-cpus", "9999", "busybox", "true")]
    [InlineData(125, "cpuset", "run", "--cpuset-cpus", "a-b", "busybox", "true")]
    [InlineData(125, "pids", "run", "--pids-limit", "many", "busybox", "true")]
    [InlineData(125, "nofile=9:3", "run", "--ulimit", "nofile=9:3", "busybox", "true")]
    [InlineData(125, "nosuch=1", "run", "--ulimit", "nosuch=1", "busybox", "true")]
    [InlineData(125, "restart", "run", "--restart", "sometimes", "busybox", "true")]
    [InlineData(125, "signal", "run", "--stop-signal", "SIGNOSUCH", "busybox", "true")]
    [InlineData(125, "kernel.nosuch", "run", "--rm", "--sysctl", "kernel.nosuch=1", "busybox", "true")]
    [InlineData(125, "group", "run", "-u", "1:nosuch", "busybox", "true")]
    [InlineData(125, "user", "run", "-u", "99999999999", "busybox", "true")]
    [InlineData(125, "network", "run", "--network", "nosuch", "busybox", "true")]
    [InlineData(125, "/dev/nosuch", "run", "--device", "/dev/nosuch", "busybox", "true")]
    [InlineData(125, "target", "run", "-v", "/tmp:relative", "busybox", "true")]
    [InlineData(125, "absolute", "run", "-w", "relative", "busybox", "true")]
    [InlineData(125, "/no/such", "run", "--security-opt", "seccomp=/no/such", "busybox", "true")]
    [InlineData(125, "log", "run", "--log-driver", "nosuch", "busybox", "true")]
    [InlineData(125, "/no/such", "run", "--env-file", "/no/such", "busybox", "true")]
    [InlineData(127, "not found", "exec", "up", "nosuchprogram")]
    [InlineData(126, "permission denied", "exec", "up", "/etc/passwd")]
    [InlineData(1, "no container 'nosuch'", "exec", "nosuch", "true")]
    [InlineData(1, "no container 'nosuch'", "start", "nosuch")]
    [InlineData(1, "no container 'nosuch'", "stop", "nosuch")]
    [InlineData(1, "no container 'nosuch'", "rm", "nosuch")]
    [InlineData(1, "no container 'nosuch'", "logs", "nosuch")]
    [InlineData(1, "nosuch", "inspect", "nosuch")]
    [InlineData(1, "not running", "exec", "taken", "true")]
    [InlineData(1, "not running", "kill", "taken")]
    [InlineData(1, "nosuch", "image", "rm", "nosuch")]
    [InlineData(1, "nosuch", "tag", "nosuch", "other")]
    [InlineData(1, "nosuch", "pull", "nosuch")]
    [InlineData(1, "UPPER", "pull", "busybox/UPPER")]
    [InlineData(1, "cannot be reached", "pull", "127.0.0.1:1/nosuch:1")]
    [InlineData(1, "digest", "pull", "127.0.0.1:1/x@sha256:short")]
    [InlineData(1, "no/such", "load", "-i", "/no/such")]
    [InlineData(1, "archive", "image", "load", "-i", "/etc/passwd")]
    [InlineData(1, "archive", "image", "import", "/etc/passwd", "made")]
    [InlineData(1, "volume", "volume", "rm", "nosuch")]
    public void Command_ThatCannotBeDone_SaysWhyAndChangesNothing(int exitCode, string words, params string[] arguments)
    {
        HullHost.RequireRoot();
        _hull.Run("create", "--name", "taken", "busybox", "true").Succeeds();
        _hull.Run("run", "-d", "--name", "up", "busybox", "sleep", "1000").Succeeds();
        string before = Everything();

        _hull.Run(arguments).FailsWith(exitCode, words);

        Assert.Equal(before, Everything());
    }

    [Fact]
    public void Pull_OfWhatTheRegistryDoesNotHave_SaysSoAndStoresNothing()
    {
        HullHost.RequireRoot();
        LocalRegistry.Require();
        using LocalRegistry registry = LocalRegistry.Start(Path.Combine(_hull.HomeDirectory, "registry"));
        string before = Everything();

        _hull.Run("pull", "-q", registry.Host + "/nosuch:1").FailsWith(1, "nosuch");
        _hull.Run("run", "--rm", registry.Host + "/nosuch:1", "true").FailsWith(125, "nosuch");
        _hull.Run("pull", "-q", $"{registry.Host}/nosuch@sha256:{new string('a', 64)}").FailsWith(1, "nosuch");

        Assert.Equal(before, Everything());
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("changed")]
    public void Pull_OfDamagedBlob_SaysSoAndStoresNothing(string damage)
    {
        HullHost.RequireRoot();
        LocalRegistry.Require();
        string directory = Path.Combine(_hull.HomeDirectory, "registry");
        using LocalRegistry registry = LocalRegistry.Start(directory);
        string name = registry.Host + "/damaged:1";
        _hull.Run("tag", "busybox", name).Succeeds();
        _hull.Run("push", "-q", name).Succeeds();
        _hull.Run("image", "rm", "busybox", name).Succeeds();
        _hull.Run("image", "prune", "-f").Succeeds();
        string layer = Directory.EnumerateFiles(Path.Combine(directory, "data"), "data", SearchOption.AllDirectories)
            .MaxBy(path => new FileInfo(path).Length)!;
        using (FileStream file = new(layer, FileMode.Open))
        {
            file.SetLength(damage == "cut" ? file.Length / 2 : file.Length);
            file.Position = file.Length - 100;
            file.Write(new byte[50]);
        }

        HullResult result = _hull.Run("pull", "-q", name);

        result.FailsWith(1, damage == "cut" ? registry.Host : "sha256:");
        Assert.Equal("", _hull.Run("image", "ls", "-aq").Succeeds());
        Assert.Empty(HullHost.Entries(Path.Combine(_hull.Root, "snapshots", "layers")));
        Assert.Empty(HullHost.Entries(Path.Combine(_hull.Root, "snapshots", "staging")));
    }

    [Theory]
    [InlineData(435, "clone3")]
    [InlineData(430, "fsopen")]
    [InlineData(432, "fsmount")]
    [InlineData(437, "")]
    [InlineData(442, "mount_setattr")]
    [InlineData(429, "move_mount")]
    [InlineData(319, "memfd_create")]
    [InlineData(434, "pidfd_open")]
    [InlineData(289, "signalfd")]
    [InlineData(233, "epoll_ctl")]
    public void Run_OnKernelWithoutACall_SaysWhichAndLeavesNothing(int number, string name)
    {
        HullHost.RequireRoot();
        string deny = BuildDeny();

        HullResult result = _hull.RunUnder(
            [deny, number.ToString(CultureInfo.InvariantCulture)], "run", "--rm", "busybox", "true");

        result.FailsWith(125, name);
        Assert.Contains("Linux 6.5 or newer", result.Error, StringComparison.Ordinal);
        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Commands_WithoutRights_SayWhatIsMissing()
    {
        HullHost.RequireRoot();
        string[] nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        Assert.SkipUnless(_hull.RunUnder(nobody, "version").ExitCode == 0, "Users without rights cannot reach the built programs.");
        string before = Everything();

        _hull.RunUnder(nobody, "ps").FailsWith(1, "root");
        _hull.RunUnder(nobody, "run", "--rm", "busybox", "true").FailsWith(125, "root");
        _hull.RunUnder(nobody, "image", "rm", "busybox").FailsWith(1, "root");
        _hull.RunUnder(["setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"], "run", "--rm", "busybox", "true")
            .FailsWith(125, "CAP_SYS_ADMIN");

        Assert.Equal(before, Everything());
    }

    // Small enough for a small C program: a seccomp filter that answers ENOSYS for one call, as an older kernel does.
    private string BuildDeny()
    {
        const string Compiler = "/usr/bin/cc";
        Assert.SkipUnless(File.Exists(Compiler), "This machine has no C compiler.");
        const string Source = """
            #include <errno.h>
            #include <linux/filter.h>
            #include <linux/seccomp.h>
            #include <stdlib.h>
            #include <sys/prctl.h>
            #include <unistd.h>
            int main(int argc, char **argv)
            {
                struct sock_filter code[] = {
                    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
                    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, atoi(argv[1]), 0, 1),
                    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                };
                struct sock_fprog program = { 4, code };
                if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
                    return 99;
                execv(argv[2], argv + 2);
                return 98;
            }
            """;
        string program = Path.Combine(_hull.HomeDirectory, "deny");
        File.WriteAllText(program + ".c", Source);
        using Process process = Process.Start(Compiler, ["-o", program, program + ".c"]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return program;
    }

    // Names of everything that is kept, and what runs; not the database's own files, whose change is the containers' list.
    private string Everything()
    {
        string[] parts = ["images", "snapshots", "containers", "volumes"];
        IEnumerable<string> files = parts.Select(part => Path.Combine(_hull.Root, part)).Where(Directory.Exists)
            .SelectMany(part => Directory.EnumerateFileSystemEntries(part, "*", SearchOption.AllDirectories))
            .Where(path => !path.Contains("/locks/", StringComparison.Ordinal));
        IEnumerable<string> tasks = HullHost.Entries(Path.Combine(_hull.State, "tasks"))
            .Concat(HullHost.Entries(Path.Combine(_hull.State, "runtime")));
        return string.Join('\n', files.Concat(tasks).Order(StringComparer.Ordinal)
            .Append(_hull.Run("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}} {{.State}}").Succeeds()));
    }
}
