using System.Globalization;
using System.Text.RegularExpressions;

namespace Hull.Dev;

/// <summary><c>./dev conformance</c>: runc's integration suite and runtime-tools' validation against hull-oci, with a table of each.</summary>
internal static partial class ConformanceCommand
{
    private const string RuncVersion = "v1.5.1";
    private const string SpecificationVersion = "v1.3.0";
    private const string ToolsVersion = "v0.9.1-0.20251204164911-5e639034dcdc";
    private const string Usage =
        "Usage: ./dev conformance [--runc DIR] [--tools DIR] [--spec DIR] [--runtime PROGRAM] [--rootless FEATURES] [bats|tools|FILE]...";

    // checkpoint.bats hangs with every runtime where CRIU cannot restore.
    private const string LeftOut = "checkpoint";

    private static readonly string[] s_tree =
    [
        "ca-certificates", "golang-go", "build-essential", "git", "make", "pkg-config", "libseccomp-dev", "bats", "jq", "gawk", "bc", "sudo",
        "iproute2", "procps", "psmisc", "iptables", "uidmap", "busybox-static", "file", "kmod", "curl", "python3", "xz-utils", "attr", "acl",
        "sshfs", "bsdutils", "util-linux", "golang-github-xeipuuv-gojsonschema-dev",
    ];

    private static readonly string[] s_features = ["none", "idmap", "cgroup", "idmap+cgroup"];

    private static string Work => Path.Combine(House.Artifacts, "conformance");

    private static string Tree => Path.Combine(Work, "tree");

    private static string Host => Path.Combine(Work, "host");

    internal static async Task RunAsync(string[] arguments)
    {
        Options options = Options.Read(arguments);
        if (!Environment.IsPrivilegedProcess)
        {
            throw new DevException("The conformance suites make containers: run as root.");
        }

        await Packages.EnsureAsync("build", "run");
        string runtime = options.Runtime ?? await PublishAsync();
        await MakeTreeAsync();
        string program = Path.Combine(Host, "runtime");
        File.Copy(runtime, program + ".new", overwrite: true);
        File.Move(program + ".new", program, overwrite: true);
        bool passed = true;
        if (options.WantsBats)
        {
            await SourcesAsync("runc", "github.com/opencontainers/runc", RuncVersion, options.Runc);
            await SpecificationAsync(options.Specification);
            passed &= await BatsAsync(options.Files, options.Rootless);
        }

        if (options.WantsTools)
        {
            await SourcesAsync("runtime-tools", "github.com/opencontainers/runtime-tools", ToolsVersion, options.Tools);
            passed &= await ToolsAsync();
        }

        if (!passed)
        {
            throw new DevException($"A suite did not run to its end; its output is below {Path.Combine(Host, "logs")}.");
        }
    }

    private static async Task<string> PublishAsync()
    {
        await Publish.RunAsync();
        return Path.Combine(House.Programs, "hull-oci");
    }

    private static async Task MakeTreeAsync()
    {
        Directory.CreateDirectory(Host);
        if (Directory.Exists(Tree))
        {
            return;
        }

        Console.WriteLine("dev: Making a Debian tree with Go and bats.");
        await DebianAsync("sid", Tree + ".new", $"--include={string.Join(',', s_tree)}");
        Directory.Move(Tree + ".new", Tree);
    }

    private static async Task DebianAsync(string suite, string target, string option)
    {
        (_, string mirrors) = await Shell.CaptureAsync("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages");
        string mirror = mirrors.Split('\n')[0].Trim();
        if (!Uri.IsWellFormedUriString(mirror, UriKind.Absolute))
        {
            throw new DevException("apt knows no Debian archive: the suites need a tree of Debian sid.");
        }

        (int status, string output) = await Shell.CaptureAsync(
            "mmdebstrap", "--variant=minbase", "--aptopt=Acquire::Check-Valid-Until \"false\"", option, suite, target,
            $"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {mirror} {suite} main");
        if (status != 0)
        {
            throw new DevException($"Debian {suite} could not be unpacked:\n{output}");
        }
    }

    private static async Task SourcesAsync(string name, string module, string version, string? checkout)
    {
        string target = Path.Combine(Host, name);
        if (checkout is not null)
        {
            await Shell.RunAsync("rm", "-rf", target);
            await Shell.RunAsync("cp", "-a", checkout, target);
        }
        else if (!Directory.Exists(target))
        {
            (int status, string output) = await EnterAsync("source.sh", module, version, name);
            if (status != 0)
            {
                throw new DevException(
                    $"The sources of {name} {version} cannot be had as a Go module: {output.Trim()}\n"
                    + $"dev: Give a checkout: --{OptionOf(name)} DIR.");
            }
        }
    }

    private static string OptionOf(string name) => name switch
    {
        "runc" => "runc",
        "specification" => "spec",
        _ => "tools",
    };

    // Only one test needs it.
    private static async Task SpecificationAsync(string? checkout)
    {
        try
        {
            await SourcesAsync("specification", "github.com/opencontainers/runtime-spec", SpecificationVersion, checkout);
        }
        catch (DevException error)
        {
            Console.WriteLine($"dev: The test 'spec validator' will fail. {error.Message}");
        }
    }

    private static async Task<bool> BatsAsync(HashSet<string> wanted, string? rootless)
    {
        string data = Path.Combine(Host, "runc/tests/integration/testdata");
        string image = Path.Combine(data, "debian-amd64.tar.xz");
        if (!File.Exists(image))
        {
            Console.WriteLine("dev: Making the Debian image of the suite.");
            Directory.CreateDirectory(data);
            string staged = Path.Combine(Work, "debian-amd64.tar.xz");
            await DebianAsync("stable", staged, "--format=tar");
            File.Move(staged, image);
        }

        (int prepared, string said) = await EnterAsync("runc.sh");
        if (prepared != 0)
        {
            throw new DevException($"What runc's suite needs could not be built:\n{said}");
        }

        Table table = new("file", "pass", "fail", "skip");
        bool complete = true;
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Host, "runc/tests/integration"), "*.bats")
            .Select(path => Path.GetFileNameWithoutExtension(path) ?? "").Order(StringComparer.Ordinal))
        {
            if (wanted.Count == 0 ? file == LeftOut : !wanted.Contains(file))
            {
                continue;
            }

            (_, string output) = rootless is null
                ? await EnterAsync("bats.sh", "/host/runtime", file)
                : await EnterAsync("rootless.sh", "/host/runtime", file, rootless);
            await LogAsync(rootless is null ? $"{file}.bats.log" : $"{file}.{rootless}.bats.log", output);
            int skipped = SkippedTest().Count(output);
            int passed = PassedTest().Count(output) - skipped;
            int failed = FailedTest().Count(output);
            Match plan = Plan().Match(output);
            complete &= plan.Success && int.Parse(plan.Groups[1].ValueSpan, CultureInfo.InvariantCulture) == passed + failed + skipped;
            table.Add(file, passed, failed, skipped);
            foreach (Match failure in FailedTest().Matches(output))
            {
                Console.WriteLine("    " + failure.Value.Trim());
            }
        }

        table.Total();
        return complete;
    }

    private static async Task<bool> ToolsAsync()
    {
        (int status, string output) = await EnterAsync("tools.sh", "/host/runtime");
        await LogAsync("tools.log", output);
        Table table = new("executable", "ok", "not ok", "");
        Dictionary<string, int> counts = new() { ["pass"] = 0, ["fail"] = 0, ["empty"] = 0 };
        foreach (Match match in Result().Matches(output))
        {
            counts[match.Groups[1].Value]++;
            table.Add(
                match.Groups[2].Value, int.Parse(match.Groups[3].ValueSpan, CultureInfo.InvariantCulture),
                int.Parse(match.Groups[4].ValueSpan, CultureInfo.InvariantCulture), null, match.Groups[1].Value);
        }

        Console.WriteLine($"{counts["pass"]} pass, {counts["fail"]} fail, {counts["empty"]} empty (no test printed)");
        return status == 0 && counts["pass"] > 0;
    }

    private static Task<(int Status, string Output)> EnterAsync(string script, params string[] arguments)
    {
        // The scripts come along: the checkout may not be visible in the tree.
        string scripts = Path.Combine(Host, "scripts");
        Directory.CreateDirectory(scripts);
        foreach (string path in Directory.EnumerateFiles(Path.Combine(House.Root, "eng/conformance")))
        {
            File.Copy(path, Path.Combine(scripts, Path.GetFileName(path)), overwrite: true);
        }

        return Shell.CaptureAsync(
            Path.Combine(House.Root, "eng/conformance/enter.sh"), [Tree, Host, "/host/scripts/" + script, .. arguments]);
    }

    private static async Task LogAsync(string name, string text)
    {
        string logs = Path.Combine(Host, "logs");
        Directory.CreateDirectory(logs);
        await File.WriteAllTextAsync(Path.Combine(logs, name), text);
    }

    [GeneratedRegex(@"^ok \d+ ", RegexOptions.Multiline)]
    private static partial Regex PassedTest();

    [GeneratedRegex(@"^ok \d+ .*# skip", RegexOptions.Multiline)]
    private static partial Regex SkippedTest();

    [GeneratedRegex(@"^not ok \d+ .*", RegexOptions.Multiline)]
    private static partial Regex FailedTest();

    [GeneratedRegex(@"^1\.\.(\d+)", RegexOptions.Multiline)]
    private static partial Regex Plan();

    [GeneratedRegex(@"^RESULT (\w+) (\S+) (\d+) (\d+)", RegexOptions.Multiline)]
    private static partial Regex Result();

    private sealed class Table
    {
        private int _passed;
        private int _failed;
        private int _skipped;

        internal Table(params string[] heads) => Console.WriteLine($"{heads[0],-32}{heads[1],6}{heads[2],8}{heads[3],6}");

        internal void Add(string name, int passed, int failed, int? skipped, string note = "")
        {
            _passed += passed;
            _failed += failed;
            _skipped += skipped ?? 0;
            Console.WriteLine($"{name,-32}{passed,6}{failed,8}{skipped,6} {note}".TrimEnd());
        }

        internal void Total() => Console.WriteLine($"{"total",-32}{_passed,6}{_failed,8}{_skipped,6}");
    }

    private sealed class Options
    {
        internal string? Runc { get; private set; }

        internal string? Tools { get; private set; }

        internal string? Specification { get; private set; }

        internal string? Runtime { get; private set; }

        /// <summary>What an ordinary user has, who runs the suite; null for root.</summary>
        internal string? Rootless { get; private set; }

        internal HashSet<string> Files { get; } = [];

        internal bool WantsBats { get; private set; }

        internal bool WantsTools { get; private set; }

        internal static Options Read(string[] arguments)
        {
            Options options = new();
            for (int i = 0; i < arguments.Length; i++)
            {
                switch (arguments[i])
                {
                    case "--runc" when i + 1 < arguments.Length:
                        options.Runc = arguments[++i];
                        break;
                    case "--tools" when i + 1 < arguments.Length:
                        options.Tools = arguments[++i];
                        break;
                    case "--spec" when i + 1 < arguments.Length:
                        options.Specification = arguments[++i];
                        break;
                    case "--runtime" when i + 1 < arguments.Length:
                        options.Runtime = arguments[++i];
                        break;
                    case "--rootless" when i + 1 < arguments.Length && Array.IndexOf(s_features, arguments[i + 1]) >= 0:
                        options.Rootless = arguments[++i];
                        options.WantsBats = true;
                        break;
                    case "bats":
                        options.WantsBats = true;
                        break;
                    case "tools":
                        options.WantsTools = true;
                        break;
                    case string name when !name.StartsWith('-'):
                        options.WantsBats = true;
                        options.Files.Add(name);
                        break;
                    default:
                        throw new DevException(Usage);
                }
            }

            if (!options.WantsBats && !options.WantsTools)
            {
                (options.WantsBats, options.WantsTools) = (true, true);
            }

            return options;
        }
    }
}
