using System.Diagnostics;
using System.Text;

namespace Hull.System.Tests;

/// <summary>
/// Programs of Debian's packages on the interpreting processor print what they print on the host's: a compiler and what it makes,
/// Python's own tests, SQLite's own checks. The guest runs the host's files, shared read-only.
/// </summary>
/// <remarks>
/// HULL_TEST_WORKLOAD=long runs far more, part by part, each in a guest of its own. HULL_TEST_WORKLOAD_RECORD names a folder that
/// keeps what each part printed on both sides: a run that was cut off goes on where it was.
/// </remarks>
public sealed class WorkloadTests : IDisposable
{
    private const string Begin = "WORK BEGINS";
    private const string End = "WORK ENDS";

    // Modules whose tests need no network, no other process and no long time; the second list is for one run by hand.
    private const string ShortTests = "test_bisect test_copy test_float test_fractions test_struct test_textwrap";
    private const string LongTests = ShortTests
        + " test_array test_base64 test_bytes test_cmath test_collections test_csv test_dict test_difflib test_functools test_hashlib test_heapq"
        + " test_int test_json test_list test_long test_math test_random test_re test_set test_statistics test_unicode test_zlib";

    private static readonly bool s_isLong = Environment.GetEnvironmentVariable("HULL_TEST_WORKLOAD") == "long";
    private static readonly string? s_record = Environment.GetEnvironmentVariable("HULL_TEST_WORKLOAD_RECORD");
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(s_isLong ? 60 : 6);
    private static readonly string[] s_needed =
        ["/usr/bin/gcc", "/usr/bin/python3.11", "/usr/lib/python3.11/test/test_struct.py", "/usr/bin/sqlite3", "/usr/bin/sha256sum"];

    // What must be in the host's own output, so that two equal failures are none.
    private static readonly Dictionary<string, string[]> s_checks = new()
    {
        ["all"] = ["primes 78498", "0 errors out of"],
        ["gcc"] = ["primes 78498"],
        ["sqlite"] = ["0 errors out of"],
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("hull-work-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Programs_OfDebian_PrintTheSameInAGuest()
    {
        HullHost.RequireRoot();
        Assert.SkipUnless(Environment.GetEnvironmentVariable("HULL_BIN") is not null, "Needs the published programs (HULL_BIN).");
        foreach (string file in s_needed)
        {
            Assert.SkipUnless(File.Exists(file), $"This machine has no '{file}' (see eng/packages.txt).");
        }

        List<string> differences = [];
        foreach ((string name, string script) in Parts())
        {
            (string host, string guest) = Recorded(name) ?? Both(name, script);
            Assert.True(s_checks.GetValueOrDefault(name, []).All(text => host.Contains(text, StringComparison.Ordinal)), $"{name} on the host: {host}");
            Assert.DoesNotContain("FAILED", host, StringComparison.Ordinal);
            if (host != guest)
            {
                differences.Add($"{name}\nhost: {host}\nguest: {guest}");
            }
        }

        Assert.True(differences.Count == 0, string.Join("\n", differences));
    }

    private static IEnumerable<(string Name, string Script)> Parts()
    {
        if (!s_isLong)
        {
            return [("all", $"{Compiler}\n{DataBase}\n{Python(ShortTests)}")];
        }

        return [("gcc", Compiler), ("sqlite", DataBase), .. LongTests.Split(' ').Select(module => (module, Python(module)))];
    }

    private (string Host, string Guest) Both(string name, string script)
    {
        string host = Execute("/bin/sh", "-c", $"cd '{_directory}' && env -i {VariablesIn(_directory)} sh -c \"$0\"", script);
        string initrd = Path.Combine(_directory, "initrd");
        File.WriteAllBytes(initrd, LinuxGuest.Boot(GuestScript(script), LinuxGuest.RequireModules()).Initramfs.ToArray());
        var watch = Stopwatch.StartNew();
        string console = Execute(
            HullHost.Program, "--root", _directory, "vm", "run", "--kernel", GuestKernel.Require(), "--initrd", initrd, "--memory", "768m",
            "--processor", "interpreter", "--share", "host=/,readonly", "--append", "console=ttyS0 quiet panic=-1 cryptomgr.notests mitigations=off");

        TestContext.Current.SendDiagnosticMessage($"workload: {name}: {watch.Elapsed.TotalSeconds:0} s in the guest\n{host}");
        Assert.Contains(End, console, StringComparison.Ordinal);
        LinuxGuest.AssertNoComplaint(console);
        string guest = Between(console);
        if (s_record is not null)
        {
            Directory.CreateDirectory(s_record);
            File.WriteAllText(Path.Combine(s_record, name + ".host"), host);
            File.WriteAllText(Path.Combine(s_record, name + ".seconds"), $"{watch.Elapsed.TotalSeconds:0}\n");
            File.WriteAllText(Path.Combine(s_record, name + ".guest"), guest);
        }

        return (host, guest);
    }

    // The guest's output is written last: where it is, the other is whole.
    private static (string Host, string Guest)? Recorded(string name)
    {
        string guest = Path.Combine(s_record ?? "", name + ".guest");
        return s_record is not null && File.Exists(guest) ? (File.ReadAllText(Path.ChangeExtension(guest, ".host")), File.ReadAllText(guest)) : null;
    }

    // What both run. Times are not output.
    private static string Compiler =>
        """
        cat > sieve.c <<'C'
        #include <math.h>
        #include <stdio.h>
        #include <string.h>
        static char composite[1000001];
        int main(void)
        {
            int primes = 0;
            double sum = 0;
            for (int i = 2; i <= 1000000; i++)
            {
                if (!composite[i])
                {
                    primes++;
                    sum += sin(i) / sqrt(i);
                    for (long j = (long)i * i; j <= 1000000; j += i) composite[j] = 1;
                }
            }
            printf("primes %d sum %.17g\n", primes, sum);
            return 0;
        }
        C
        gcc -O2 -Wall -o sieve sieve.c -lm && ./sieve && sha256sum < sieve
        """.ReplaceLineEndings("\n");

    private static string DataBase =>
        """
        sqlite3 base.db <<'SQL'
        CREATE TABLE word(id INTEGER PRIMARY KEY, text TEXT UNIQUE, weight REAL);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
          INSERT INTO word SELECT i, hex(i * 7919 % 100003) || '-' || i, i / 7.0 FROM n;
        CREATE INDEX heavy ON word(weight DESC);
        DELETE FROM word WHERE id % 13 = 0;
        SELECT count(*), round(sum(weight), 6), max(text) FROM word;
        PRAGMA integrity_check;
        .selftest --init
        .selftest
        .sha3sum
        SQL
        """.ReplaceLineEndings("\n");

    private static string Python(string modules) =>
        $$"""
        for name in {{modules}}
        do
          echo $name
          python3.11 -m unittest -q test.$name 2>&1 | grep -E '^(Ran|OK|FAILED|ERROR|FAIL)' | sed 's/ in [0-9.]*s$//; s/ (skipped=[0-9]*)//'
        done
        """.ReplaceLineEndings("\n");

    private static string GuestScript(string work) =>
        $$"""
        mount -t devtmpfs d /dev
        modules
        mount -t virtiofs hull /mnt
        mount -t proc p /mnt/host/proc
        mount -t sysfs s /mnt/host/sys
        mount -t devtmpfs d /mnt/host/dev
        mount -t tmpfs t /mnt/host/tmp
        cat > /mnt/host/tmp/work.sh <<'SCRIPT'
        cd /tmp
        {{work}}
        SCRIPT
        ip link set lo up
        echo {{Begin}}
        chroot /mnt/host /usr/bin/env -i {{VariablesIn("/tmp")}} sh /tmp/work.sh
        echo {{End}}
        poweroff -f
        """.ReplaceLineEndings("\n");

    private static string VariablesIn(string home) => $"PATH=/usr/bin:/bin HOME={home} TMPDIR={home} LC_ALL=C.UTF-8 TZ=UTC";

    private static string Between(string console)
    {
        string text = console.ReplaceLineEndings("\n");
        int start = text.IndexOf(Begin + "\n", StringComparison.Ordinal) + Begin.Length + 1;
        return text[start..text.IndexOf(End, StringComparison.Ordinal)];
    }

    private static string Execute(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using Process process = Process.Start(start)!;
        StringBuilder error = new();
        process.ErrorDataReceived += (_, line) => error.AppendLine(line.Data);
        process.BeginErrorReadLine();
        using Timer limit = new(_ => process.Kill(), null, s_limit, Timeout.InfiniteTimeSpan);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"'{program}' ended with {process.ExitCode}: {error}\n{output}");
        return output;
    }
}
