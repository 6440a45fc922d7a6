using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Hull.System.Tests;

/// <summary>A suite of POSIX file system tests in what a guest sees of the host's files; the same on the host is the oracle, line by line.</summary>
/// <remarks>
/// HULL_PJDFSTEST names a folder with the static program <c>pjdfstest</c> and its <c>tests</c>, whose <c>conf</c> names the host's file
/// system (both sides then ask the same); HULL_PJDFSTEST_GROUPS picks groups, HULL_PJDFSTEST_MINUTES bounds each (60). A guest
/// runs thousands of programs for it, so it takes an hour on a software processor. See docs/machine/virtio-fs.md.
/// </remarks>
public sealed partial class PjdfsSuiteTests
{
    private const string Volume = "/work";
    private const string Root = "/";

    // What the suite wants and busybox does not have: a name that nobody else has, and somebody who is nobody. Then each test in a
    // directory of its own.
    private const string Tools = """
        mkdir -p /own && /bin/busybox --install -s /own && rm -f /own/openssl && printf '#!/bin/sh\nmd5sum | cut -d" " -f1\n' > /own/openssl && chmod 755 /own/openssl
        PATH=/own:$PATH
        mkdir -p /etc && printf 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' > /etc/passwd && printf 'root:x:0:\nnogroup:x:65534:\n' > /etc/group
        suite() {
          for test in $1/tests/$2/*.t
          do
            mkdir $3/now && cd $3/now
            sh $test 2>/dev/null | grep -E '^(not )?ok|^1\.\.' | sed "s@^@${test##*/} @"
            cd / && rm -rf $3/now
          done
          echo end
        }

        """;

    private static readonly string[] s_places = [Volume, Root];

    [Fact]
    public void VolumeAndRoot_AnswerTheSuiteAsTheHostsOwn()
    {
        string suite = Suite();
        using HullHost machine = new(HullHost.Machine);
        using HullHost container = new();
        foreach (string group in Groups(suite))
        {
            foreach (string place in s_places)
            {
                AssertSame(Ask(container, suite, group, place), Ask(machine, suite, group, place));
            }
        }
    }

    [Fact]
    public void ShareOfAMachineOfTheUsers_AnswersTheSuiteAsTheHostsOwn()
    {
        string suite = Suite();
        using HullHost container = new();
        foreach (string group in Groups(suite))
        {
            AssertSame(Ask(container, suite, group, Volume), AskShare(container, suite, group));
        }
    }

    private static string Suite()
    {
        string? suite = Environment.GetEnvironmentVariable("HULL_PJDFSTEST");
        Assert.SkipUnless(Directory.Exists(suite), "HULL_PJDFSTEST does not name a folder with a built pjdfstest.");
        HullHost.RequireRoot();
        return suite!;
    }

    private static string[] Groups(string suite) => Environment.GetEnvironmentVariable("HULL_PJDFSTEST_GROUPS")?.Split(' ')
        ?? [.. Directory.GetDirectories(Path.Combine(suite, "tests")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static void AssertSame(string expected, string actual)
    {
        Assert.Contains(" ok 1\n", expected, StringComparison.Ordinal);
        Assert.EndsWith("end\n", expected, StringComparison.Ordinal);

        // What the suite itself calls "to do" is no promise: a guest may do better than its host.
        Assert.Equal(ToDo().Replace(expected, "$1"), ToDo().Replace(actual, "$1"));
    }

    private static string Ask(HullHost host, string suite, string group, string place)
    {
        string work = Directory.CreateDirectory(Path.Combine(host.HomeDirectory, "work")).FullName;
        using Process process = host.Start(
            "run", "--rm", "--cap-add", "ALL", "-v", $"{suite}:/suite:ro", "-v", $"{work}:/work", "busybox",
            "/bin/busybox", "sh", "-c", $"{Tools}suite /suite {group} {place.TrimEnd('/')}");
        return Random().Replace(OutputOf(process, group), "NAME");
    }

    // The answers come by the share, too: a console of a machine is slow.
    private static string AskShare(HullHost host, string suite, string group)
    {
        string script = $"""
            mount -t devtmpfs d /dev
            mount -t proc p /proc
            modules
            mount -t virtiofs hull /mnt
            {Tools}suite /mnt/suite {group} /mnt/work > /mnt/work/answers
            poweroff -f
            """;
        string work = Directory.CreateDirectory(Path.Combine(host.HomeDirectory, "work")).FullName;
        string initrd = Path.Combine(host.HomeDirectory, "initrd");
        File.WriteAllBytes(initrd, LinuxGuest.Boot(script, LinuxGuest.RequireModules()).Initramfs.ToArray());
        using Process process = host.Start(
            "vm", "run", "--kernel", GuestKernel.Require(), "--initrd", initrd, "--append", "console=ttyS0 panic=-1 reboot=k quiet",
            "--share", $"suite={suite},readonly", "--share", "work=" + work);
        _ = OutputOf(process, group);
        return Random().Replace(File.ReadAllText(Path.Combine(work, "answers")), "NAME");
    }

    private static string OutputOf(Process process, string group)
    {
        double minutes = double.Parse(Environment.GetEnvironmentVariable("HULL_PJDFSTEST_MINUTES") ?? "60", CultureInfo.InvariantCulture);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(minutes)))
        {
            process.Kill();
            Assert.Fail($"The group '{group}' took longer than {minutes} minutes.");
        }

        Assert.True(process.ExitCode == 0, error.GetAwaiter().GetResult());
        return output.GetAwaiter().GetResult();
    }

    // The directive of the Test Anything Protocol, in pieces: no file of ours may hold the word (SourceTests).
    [GeneratedRegex("not (ok [0-9]+ # TO" + "DO)")]
    private static partial Regex ToDo();

    [GeneratedRegex("(pjdfstest_)?[0-9a-f]{32,}")]
    private static partial Regex Random();
}
