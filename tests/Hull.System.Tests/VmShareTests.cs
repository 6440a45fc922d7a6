using System.Diagnostics;
using Hull.Machine.Boot;

namespace Hull.System.Tests;

/// <summary><c>hull vm run --share</c>: the machine and the server of its files are two jailed processes, root's and anybody's.</summary>
public sealed class VmShareTests : IDisposable
{
    private const string SetPrivileges = "/usr/bin/setpriv";
    private const int Nobody = 65534;

    // Waits with everything open, so that the processes can be looked at.
    private const string Script = """
        mount -t devtmpfs d /dev
        modules
        mount -t virtiofs hull /mnt
        echo "list $(ls /mnt | tr '\n' ' ')"
        cd /mnt/data
        echo "read $(cat given)"
        echo made > made
        echo "owner $(stat -c %u:%g made)"
        echo no > /mnt/kept/no
        exec < /dev/ttyS0
        echo ready
        read line
        poweroff -f
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("hull-vmshare-").FullName;

    private string Shared => Path.Combine(_directory, "shared");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Share_OfRoot_IsServedByAProcessWithNothingElse()
    {
        using Process command = Start(null);

        string output = AwaitReady(command);
        (string machine, string files) = Processes(command.Id);
        foreach (string process in (string[])[machine, files])
        {
            string status = File.ReadAllText(process + "/status");
            Assert.Matches(@"Uid:\s+18790\d{5}\s", status);
            Assert.Matches(@"NoNewPrivs:\s+1\n", status);
            Assert.Matches(@"Seccomp:\s+2\n", status);
            AssertApart(process, "mnt", "pid", "net", "ipc", "uts", "cgroup");
        }

        Assert.Matches(@"CapBnd:\s+0+\n", File.ReadAllText(machine + "/status"));
        Assert.DoesNotContain(Links(machine), link => link.StartsWith(Shared, StringComparison.Ordinal));
        End(command);

        Assert.Contains("list data kept", output, StringComparison.Ordinal);
        Assert.Contains("read given", output, StringComparison.Ordinal);
        Assert.Contains("owner 0:0", output, StringComparison.Ordinal);
        Assert.Equal("made\n", File.ReadAllText(Path.Combine(Shared, "made")));
        Assert.False(File.Exists(Path.Combine(Shared, "no")));
        Assert.Empty(Directory.GetDirectories(Path.Combine(_directory, "state/vm-runs")));
    }

    // What he gives up: a user and a cgroup of its own. He keeps: namespaces, no capabilities, the list of calls.
    [Fact]
    public void Share_OfAUserWhoIsNotRoot_IsJailedWithHisOwnId()
    {
        Assert.SkipUnless(File.Exists(SetPrivileges), "Needs setpriv (package util-linux).");
        Assert.SkipUnless(UserNamespacesAreAllowed(), "User namespaces are root's on this machine.");
        using Process command = Start(Nobody);

        string output = AwaitReady(command);
        (string machine, string files) = Processes(command.Id);
        foreach (string process in (string[])[machine, files])
        {
            string status = File.ReadAllText(process + "/status");
            Assert.Matches($@"Uid:\s+{Nobody}\s+{Nobody}\s+{Nobody}", status);
            Assert.Matches(@"CapEff:\s+0+\n", status);
            Assert.Matches(@"CapBnd:\s+0+\n", status);
            Assert.Matches(@"NoNewPrivs:\s+1\n", status);
            Assert.Matches(@"Seccomp:\s+2\n", status);
            AssertApart(process, "user", "mnt", "pid", "net", "ipc", "uts", "cgroup");
        }

        Assert.DoesNotContain(Links(machine), link => link.StartsWith(Shared, StringComparison.Ordinal));
        End(command);

        Assert.Contains("list data kept", output, StringComparison.Ordinal);
        Assert.Contains("read given", output, StringComparison.Ordinal);
        Assert.Equal("made\n", File.ReadAllText(Path.Combine(Shared, "made")));
        Assert.False(File.Exists(Path.Combine(Shared, "no")));
    }

    private static bool UserNamespacesAreAllowed()
    {
        const string Switch = "/proc/sys/kernel/unprivileged_userns_clone";
        const string AppArmor = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";
        return File.ReadAllText("/proc/sys/user/max_user_namespaces").Trim() != "0"
            && (!File.Exists(Switch) || File.ReadAllText(Switch).Trim() != "0")
            && (!File.Exists(AppArmor) || File.ReadAllText(AppArmor).Trim() == "0");
    }

    private static string AwaitReady(Process command)
    {
        string output = "";
        string? line;
        while ((line = command.StandardOutput.ReadLine()) is not null)
        {
            output += line + "\n";
            if (line.Contains("ready", StringComparison.Ordinal))
            {
                return output;
            }
        }

        Assert.Fail(output + command.StandardError.ReadToEnd());
        return "";
    }

    private static void End(Process command)
    {
        command.StandardInput.WriteLine("end");
        string output = command.StandardOutput.ReadToEnd();
        string error = command.StandardError.ReadToEnd();
        command.WaitForExit();
        Assert.True(command.ExitCode == 0, $"{command.ExitCode} {error} {output}");
        Assert.Equal("", error);
    }

    // Children of the command; each is the first process of its namespace and knows itself by its arguments.
    private static (string Machine, string Files) Processes(int command)
    {
        Dictionary<string, string> found = [];
        foreach (string child in File.ReadAllText($"/proc/{command}/task/{command}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Concat(ThreadsOf(command)).Distinct())
        {
            string[] arguments = File.ReadAllText($"/proc/{child}/cmdline").Split('\0');
            if (arguments is ["/hull-machine", _, ..])
            {
                found[arguments[1]] = $"/proc/{child}";
            }
        }

        return (found["user"], found["user-files"]);
    }

    private static IEnumerable<string> ThreadsOf(int command) => Directory.GetDirectories($"/proc/{command}/task")
        .SelectMany(thread => File.ReadAllText(thread + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static void AssertApart(string process, params string[] spaces)
    {
        foreach (string space in spaces)
        {
            Assert.NotEqual(new FileInfo("/proc/self/ns/" + space).LinkTarget, new FileInfo($"{process}/ns/{space}").LinkTarget);
        }
    }

    private static List<string> Links(string process) =>
        [.. Directory.GetFileSystemEntries(process + "/fd").Select(file => new FileInfo(file).LinkTarget ?? "")];

    private Process Start(int? user)
    {
        HullHost.RequireRoot();
        Assert.SkipUnless(Environment.GetEnvironmentVariable("HULL_BIN") is not null, "Needs the published programs (HULL_BIN).");
        BootRequest boot = LinuxGuest.Boot(Script, LinuxGuest.RequireModules());
        File.WriteAllBytes(Path.Combine(_directory, "initrd"), boot.Initramfs.ToArray());
        Directory.CreateDirectory(Shared);
        File.WriteAllText(Path.Combine(Shared, "given"), "given");

        // Programs and kernel lie where only root may look, perhaps.
        string programs = Directory.CreateDirectory(Path.Combine(_directory, "programs")).FullName;
        foreach (string program in (string[])["hull", "hull-machine"])
        {
            File.Copy(Checkout.Program(program), Path.Combine(programs, program));
        }

        File.Copy(GuestKernel.Require(), Path.Combine(_directory, "kernel"));
        string[] wrapper = [];
        if (user is { } id)
        {
            using var owner = Process.Start("chown", ["-R", $"{id}:{id}", _directory]);
            owner.WaitForExit();
            wrapper = [SetPrivileges, "--reuid", $"{id}", "--regid", $"{id}", "--clear-groups", "--"];
        }

        string[] arguments =
        [
            .. wrapper, Path.Combine(programs, "hull"), "vm", "run", "--kernel", Path.Combine(_directory, "kernel"), "--initrd", Path.Combine(_directory, "initrd"),
            "--append", "console=ttyS0 panic=-1 reboot=k quiet", "--share", "data=" + Shared, "--share", $"kept={Shared},readonly",
        ];
        ProcessStartInfo start = new(arguments[0], arguments[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HULL_ROOT"] = Path.Combine(_directory, "root");
        start.Environment["HULL_STATE"] = Path.Combine(_directory, "state");
        start.Environment["HULL_MACHINE"] = Path.Combine(programs, "hull-machine");
        return Process.Start(start)!;
    }
}
