using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Hull.Dev;

/// <summary><c>./dev test [PROJECT...]</c>: everything a fresh clone needs to pass all tests, then the counts on one line.</summary>
internal static partial class TestCommand
{
    // More failures than this in one project are a break, not a busy machine.
    private const int MostUnsteady = 4;

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(20);

    internal static async Task RunAsync(string[] arguments)
    {
        if (Environment.IsPrivilegedProcess)
        {
            await Packages.EnsureAsync("build", "run", "test");
        }

        await BuildCommand.RunAsync([]);
        await Publish.RunAsync();
        Environment.SetEnvironmentVariable("HULL_BIN", House.Programs);
        if (Environment.IsPrivilegedProcess)
        {
            await PullKernelAsync();
        }

        Counts total = default;
        foreach (string project in Projects(arguments))
        {
            total += await OneAsync(project);
        }

        Console.WriteLine();
        if (total.Unsteady > 0)
        {
            Console.WriteLine($"{total.Unsteady} of those that passed needed a second run; they are named above.");
        }

        Console.WriteLine(total.Skipped == 0
            ? $"{total.Passed} passed, {total.Failed} failed"
            : $"{total.Passed} passed, {total.Failed} failed, {total.Skipped} skipped");
        if (total.Failed > 0 || total.Passed == 0)
        {
            throw new DevException("Not every test passed.");
        }
    }

    // The boot tests want an unmodified guest kernel; without one they skip and say so.
    private static async Task PullKernelAsync()
    {
        string[] pull = ["--root", Path.Combine(House.Artifacts, "guest"), "vm", "kernel", "pull"];
        foreach ((string variable, string[] suite) in ((string, string[])[])[("HULL_TEST_KERNEL", []), ("HULL_TEST_KERNEL_TRIXIE", ["trixie"])])
        {
            (int status, string output) = await Shell.CaptureAsync(Path.Combine(House.Programs, "hull"), [.. pull, .. suite]);
            if (status == 0)
            {
                Environment.SetEnvironmentVariable(variable, output.Trim().Split('\n')[^1]);
            }
            else
            {
                Console.WriteLine($"dev: No guest kernel ({variable}): {output.Trim()}");
            }
        }
    }

    private static IEnumerable<string> Projects(string[] arguments) =>
        Directory.EnumerateDirectories(Path.Combine(House.Root, "tests"), "*.Tests")
            .Select(directory => Path.GetFileName(directory) ?? "")
            .Where(name => arguments.Length == 0 || arguments.Any(argument => name.Contains(argument, StringComparison.OrdinalIgnoreCase)))
            .Order(StringComparer.Ordinal);

    private static async Task<Counts> OneAsync(string project)
    {
        var watch = Stopwatch.StartNew();
        (Counts counts, string output) = await ExecuteAsync(project);
        Console.Write(Failures(output));
        string[] failed = FailedTests(output);

        // A test against the real kernel may miss a limit on a machine that others load. It runs once more by itself, and is named either
        // way: an unsteady test is a defect too, yet not one of the change that is looked at.
        if (counts.Failed is > 0 and <= MostUnsteady && failed.Length == counts.Failed)
        {
            (Counts again, output) = await ExecuteAsync(project, [.. failed.Distinct().SelectMany(test => (string[])["--filter-method", test])]);
            Console.Write(Failures(output));
            Console.WriteLine($"Run once more: {string.Join(", ", failed)}: {again.Passed} passed, {again.Failed} failed.");
            int unsteady = Math.Clamp(counts.Failed - again.Failed, 0, again.Passed);
            counts = new Counts(counts.Passed + unsteady, counts.Failed - unsteady, counts.Skipped, unsteady);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(counts.Failed == 0 ? "ok  " : "FAIL")} {project,-34} {counts.Passed,5} passed {counts.Failed,3} failed {counts.Skipped,3} skipped {watch.Elapsed.TotalSeconds,6:0.0} s"));
        return counts;
    }

    private static async Task<(Counts Counts, string Output)> ExecuteAsync(string project, params string[] filters)
    {
        string program = Path.Combine(House.Artifacts, "bin", project, "release", project);
        (int status, string output) = await Shell.CaptureAsync(
            "timeout",
            ["--kill-after=10", s_limit.TotalSeconds.ToString("0", CultureInfo.InvariantCulture), program, "--no-progress", "--no-ansi", .. filters]);
        Counts counts = new(Number(Succeeded(), output), Number(FailedCount(), output), Number(Skipped(), output), 0);

        // A run that was cut off, crashed or found no test must not look like one that passed.
        if (status != 0 && counts.Failed == 0)
        {
            Console.WriteLine(output);
            counts = counts with { Failed = 1 };
        }

        return (counts, output);
    }

    // What failed, each with its lines; not what was skipped, nor the list of files.
    private static string Failures(string output)
    {
        StringBuilder text = new();
        bool inside = false;
        foreach (string line in output.Split('\n'))
        {
            inside = line.StartsWith("failed ", StringComparison.Ordinal) || (inside && line.StartsWith(' '));
            if (inside)
            {
                _ = text.Append(line).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string[] FailedTests(string output) => [.. FailedTest().Matches(output).Select(match => match.Groups[1].Value)];

    private static int Number(Regex pattern, string output)
    {
        Match match = pattern.Match(output);
        return match.Success ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex(@"^  succeeded: (\d+)", RegexOptions.Multiline)]
    private static partial Regex Succeeded();

    [GeneratedRegex(@"^  failed: (\d+)", RegexOptions.Multiline)]
    private static partial Regex FailedCount();

    [GeneratedRegex(@"^  skipped: (\d+)", RegexOptions.Multiline)]
    private static partial Regex Skipped();

    [GeneratedRegex(@"^failed ([\w.+`]+)", RegexOptions.Multiline)]
    private static partial Regex FailedTest();

    private readonly record struct Counts(int Passed, int Failed, int Skipped, int Unsteady)
    {
        public static Counts operator +(Counts left, Counts right) =>
            new(left.Passed + right.Passed, left.Failed + right.Failed, left.Skipped + right.Skipped, left.Unsteady + right.Unsteady);
    }
}
