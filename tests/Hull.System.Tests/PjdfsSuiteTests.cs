using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Hull.System.Tests;

/// <summary>A suite of POSIX file system tests in a guest's shared directory; the host's own file system is the oracle, line by line.</summary>
/// <remarks>
/// HULL_PJDFSTEST names a folder with the static program <c>pjdfstest</c> and its <c>tests</c>, whose <c>conf</c> names the host's file
/// system (both sides then ask the same); HULL_PJDFSTEST_GROUPS picks groups, HULL_PJDFSTEST_MINUTES bounds each (60). A guest
/// runs thousands of programs for it, so it takes an hour on a software processor. See docs/machine/virtio-fs.md.
/// </remarks>
public sealed partial class PjdfsSuiteTests
{
    // What the suite wants and busybox does not have: a name that nobody else has.
    private const string Script = """
        mkdir -p /own && /bin/busybox --install -s /own && rm -f /own/openssl && printf '#!/bin/sh\nmd5sum | cut -d" " -f1\n' > /own/openssl && chmod 755 /own/openssl
        PATH=/own:$PATH
        for test in /suite/tests/$0/*.t
        do
          mkdir /work/now && cd /work/now
          sh $test 2>/dev/null | grep -E '^(not )?ok|^1\.\.' | sed "s@^@${test##*/} @"
          cd / && rm -rf /work/now
        done
        echo end
        """;

    [Fact]
    public void SharedDirectory_AnswersTheSuiteAsTheHostsOwn()
    {
        string? suite = Environment.GetEnvironmentVariable("HULL_PJDFSTEST");
        Assert.SkipUnless(Directory.Exists(suite), "HULL_PJDFSTEST does not name a folder with a built pjdfstest.");
        HullHost.RequireRoot();
        string[] groups = Environment.GetEnvironmentVariable("HULL_PJDFSTEST_GROUPS")?.Split(' ')
            ?? [.. Directory.GetDirectories(Path.Combine(suite!, "tests")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        using HullHost machine = new(HullHost.Machine);
        using HullHost container = new();
        foreach (string group in groups)
        {
            string expected = Ask(container, suite!, group);
            string actual = Ask(machine, suite!, group);

            Assert.Contains(" ok 1\n", expected, StringComparison.Ordinal);
            Assert.EndsWith("end\n", expected, StringComparison.Ordinal);
            Assert.Equal(expected, actual);
        }
    }

    private static string Ask(HullHost host, string suite, string group)
    {
        double minutes = double.Parse(Environment.GetEnvironmentVariable("HULL_PJDFSTEST_MINUTES") ?? "60", CultureInfo.InvariantCulture);
        string directory = Path.Combine(host.HomeDirectory, "work");
        Directory.CreateDirectory(directory);
        using Process process = host.Start(
            "run", "--rm", "--cap-add", "ALL", "-v", $"{suite}:/suite:ro", "-v", $"{directory}:/work", "busybox", "/bin/busybox", "sh", "-c", Script, group);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(minutes)))
        {
            process.Kill();
            Assert.Fail($"The group '{group}' took longer than {minutes} minutes.");
        }

        Assert.True(process.ExitCode == 0, error.GetAwaiter().GetResult());
        return Random().Replace(output.GetAwaiter().GetResult(), "NAME");
    }

    [GeneratedRegex("(pjdfstest_)?[0-9a-f]{32,}")]
    private static partial Regex Random();
}
