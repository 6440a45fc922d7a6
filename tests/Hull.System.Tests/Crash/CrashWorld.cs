using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Hull.System.Tests.Crash;

/// <summary>A Hull whose processes are killed at random, and everything that must survive it.</summary>
internal sealed class CrashWorld : IDisposable
{
    private const int Names = 5;
    private const int LayerBytes = 6 * 1024 * 1024;
    private const int LayerFiles = 1500;
    private const string KeptText = "kept through every kill";

    private readonly string _output;
    private readonly string _keeperPid;
    private readonly Dictionary<string, long> _namespaces = [];

    internal CrashWorld()
    {
        Mark = "hull-crash-" + Guid.NewGuid().ToString("N")[..12];
        _output = Path.Combine(Host.HomeDirectory, "output");
        Registry = LocalRegistry.Start(Path.Combine(Host.HomeDirectory, "registry"));
        Image = Registry.Host + "/crash:1";
        PushImage();
        MakeBundle();
        Host.Run("volume", "create", "kept").Succeeds();
        Host.Run([.. Make("run", "--rm", "-v", "kept:/v"), "busybox", "sh", "-c", $"echo {KeptText} > /v/file"]).Succeeds();
        Host.Run([.. Make("run", "-d", "--name", "keeper"), "busybox", "sh", "-c", $"echo {KeptText}; exec sleep 100000"]).Succeeds();
        Host.Run([.. Make("run", "--name", "stopped"), "busybox", "sh", "-c", $"echo {KeptText} > /file; exit 7"]);
        _keeperPid = Host.Inspect("keeper", "{{.State.Pid}}");
    }

    internal HullHost Host { get; } = new();

    internal LocalRegistry Registry { get; }

    /// <summary>In every container's environment, and the name of the control group above all of them.</summary>
    internal string Mark { get; }

    /// <summary>An image that only the registry has for sure.</summary>
    internal string Image { get; }

    private string Bundle => Path.Combine(Host.HomeDirectory, "bundle");

    private string OciRoot => Path.Combine(Host.HomeDirectory, "oci");

    /// <summary>A hull command that makes a container which this world finds again.</summary>
    internal string[] Make(string command, params string[] options) =>
        [command, "--network", "none", "--cgroup-parent", "/" + Mark, "-e", "MARK=" + Mark, .. options];

    internal string[] Oci(params string[] arguments) => [Checkout.Program("hull-oci"), "--root", OciRoot, .. arguments];

    internal string[] OciMake(string command, string id, params string[] options) => Oci([command, .. options, "--bundle", Bundle, id]);

    // Not "c1": where no container has that name it is the beginning of an identifier, once in fifty runs the keeper's.
    internal static string NameOf(Random random) => string.Create(CultureInfo.InvariantCulture, $"name{random.Next(Names)}");

    /// <summary>Takes the image out of the store, content and all, so that a pull has to transfer it.</summary>
    internal void ForgetImage()
    {
        Host.Run("image", "rm", Image);
        Host.Run("image", "prune", "-f").Succeeds();
    }

    /// <summary>Starts a command with its output in a file, so that no child holds a pipe of this process.</summary>
    internal Process Start(string[] command)
    {
        ProcessStartInfo start = new("/bin/sh", ["-c", "exec \"$@\" </dev/null >\"$OUTPUT\" 2>&1", "sh", .. command]);
        start.Environment["OUTPUT"] = _output;
        start.Environment["HULL_ROOT"] = Host.Root;
        start.Environment["HULL_STATE"] = Host.State;
        start.Environment["HULL_TASK"] = HullHost.TaskProgram;
        return Process.Start(start)!;
    }

    internal string LastOutput() => File.ReadAllText(_output);

    /// <summary>Runs a command to its end; any exit status.</summary>
    internal (int Status, string Output) Finish(params string[] command)
    {
        const int PatienceMs = 60_000;
        using Process process = Start(command);
        if (!process.WaitForExit(PatienceMs))
        {
            process.Kill();
            Assert.Fail($"'{string.Join(' ', command)}' did not end.");
        }

        return (process.ExitCode, LastOutput());
    }

    /// <summary>Supervisors of the containers that come and go.</summary>
    internal IReadOnlyList<int> Supervisors()
    {
        string keeper = Host.Inspect("keeper", "{{.Id}}");
        return [.. Leaks.Processes("hull-task\0" + Host.Root)
            .Where(line => !line.Contains(keeper, StringComparison.Ordinal))
            .Select(line => int.Parse(line[..line.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture))];
    }

    /// <summary>Remembers the namespaces containers have now: each must be gone once its container is.</summary>
    internal void NoteNamespaces()
    {
        // Taken before the look: a later process with one of these numbers is another container's.
        long now = Leaks.Now;
        foreach (string name in Leaks.NamespacesOf("MARK=" + Mark))
        {
            _namespaces[name] = now;
        }
    }

    /// <summary>How many namespaces were seen.</summary>
    internal int NamespacesSeen => _namespaces.Count;

    /// <summary>What was there before the kills is there still and works.</summary>
    internal void AssertNothingLost()
    {
        Assert.Equal($"running {_keeperPid} 0 ", Host.Inspect("keeper", "{{.State.Status}} {{.State.Pid}} {{.State.ExitCode}} {{.State.Error}}") + " ");
        Assert.Equal(KeptText + "\n", Host.Run("logs", "keeper").Succeeds());
        Host.Run("exec", "keeper", "true").Succeeds();
        Assert.Equal("exited 7", Host.Inspect("stopped", "{{.State.Status}} {{.State.ExitCode}}"));
        Assert.Equal(KeptText + "\n", Host.Run([.. Make("run", "--rm", "-v", "kept:/v"), "busybox", "cat", "/v/file"]).Succeeds());
        Assert.Contains("/file", Host.Run("diff", "stopped").Succeeds(), StringComparison.Ordinal);
    }

    /// <summary>Removes what came and went; what only the survivors may have is left.</summary>
    internal void Clear()
    {
        foreach (string id in Finish(Oci("list", "-q")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Concat(HullHost.Entries(OciRoot).Select(path => Path.GetFileName(path))).Distinct())
        {
            (int status, string output) = Finish(Oci("delete", "--force", id));
            Assert.True(status == 0, output);
        }

        string[] others = [.. Host.Run("ps", "-a", "--format", "{{.Names}}").Succeeds()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(name => name is not ("keeper" or "stopped"))];
        if (others.Length > 0)
        {
            // One of them may be removed by a supervisor at the same time, as its --rm asks.
            Host.Run(["rm", "-f", .. others]);
        }

        string[] left = Host.Run("ps", "-a", "--format", "{{.Names}}").Succeeds().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["keeper", "stopped"], left.Order(StringComparer.Ordinal));
    }

    /// <summary>Only the given number of containers has anything anywhere.</summary>
    internal void AssertNothingLeaked(int containers, int running)
    {
        AssertCount(containers, () => HullHost.Entries(Path.Combine(Host.Root, "containers")));
        AssertCount(containers, () => HullHost.Entries(Path.Combine(Host.Root, "snapshots", "containers")));
        AssertCount(running, () => HullHost.Entries(Path.Combine(Host.State, "tasks")));
        AssertCount(running, () => HullHost.Entries(Path.Combine(Host.State, "runtime")));
        AssertCount(0, () => HullHost.Entries(OciRoot));
        AssertCount(running, () => Leaks.Cgroups(Mark).GroupBy(path => Path.GetFileName(path)).Select(group => string.Join(' ', group)));
        AssertNamespacesGone();
        AssertCount(0, () => StateOfOthersThan(running > 0 ? Host.Inspect("keeper", "{{.Id}}") : "nobody"));
        if (running == 0)
        {
            Assert.Empty(Leaks.ProcessesAfterAWhile(Mark));
            Assert.Empty(Leaks.ProcessesAfterAWhile("hull-task\0" + Host.Root));
            Assert.Empty(Leaks.Mounts(Host.HomeDirectory));
        }
    }

    // Those the survivor is in are the survivor's.
    private void AssertNamespacesGone()
    {
        IReadOnlySet<string> kept = Leaks.NamespacesOf("MARK=" + Mark);
        Dictionary<string, long> gone = _namespaces.Where(seen => !kept.Contains(seen.Key)).ToDictionary();
        AssertCount(0, () => Leaks.HoldersOf(gone, Host.HomeDirectory));
    }

    // Files, sockets and links of the state directory; directories alone are looked at by name above.
    private IEnumerable<string> StateOfOthersThan(string id) => Directory.EnumerateFileSystemEntries(Host.State, "*", SearchOption.AllDirectories)
        .Where(path => !path.Contains(id, StringComparison.Ordinal) && (!Directory.Exists(path) || new FileInfo(path).LinkTarget is not null));

    /// <summary>Removes the survivors and all images: the store is as empty as a new one.</summary>
    internal void RemoveAllAndAssertEmpty()
    {
        Host.Run("pull", "-q", Image).Succeeds();
        Assert.DoesNotContain(HullHost.Entries(Ingest), path => Path.GetFileName(path).StartsWith("sha256-", StringComparison.Ordinal));
        Host.Run("rm", "-f", "keeper", "stopped").Succeeds();
        AssertNothingLeaked(0, 0);
        Host.Run("volume", "prune", "-f", "-a").Succeeds();
        Assert.Empty(HullHost.Entries(Path.Combine(Host.Root, "volumes")));
        Host.Run("system", "prune", "-a", "-f").Succeeds();
        Assert.Equal("", Host.Run("image", "ls", "-aq").Succeeds());
        Assert.Empty(HullHost.Entries(Ingest));
        Assert.Empty(HullHost.Entries(Path.Combine(Host.Root, "images", "leases")));
        Assert.Empty(HullHost.Entries(Path.Combine(Host.Root, "images", "blobs", "sha256")));
        foreach (string part in (string[])["layers", "chains", "staging", "containers", "leases"])
        {
            Assert.Empty(HullHost.Entries(Path.Combine(Host.Root, "snapshots", part)));
        }

        Leaks.RemoveCgroupParents(Mark);
    }

    public void Dispose()
    {
        foreach (string id in HullHost.Entries(OciRoot).Select(path => Path.GetFileName(path)))
        {
            Finish(Oci("delete", "--force", id));
        }

        Registry.Dispose();
        Host.Dispose();
    }

    // A removal that a supervisor began by itself, as --rm asks, may still be going on; what nobody removes stays.
    private static void AssertCount(int expected, Func<IEnumerable<string>> look)
    {
        const int PatienceMs = 20_000;
        var watch = Stopwatch.StartNew();
        string[] found;
        while ((found = [.. look()]).Length != expected && watch.ElapsedMilliseconds < PatienceMs)
        {
        }

        Assert.True(found.Length == expected, $"{expected} expected, but there are: {string.Join('\n', found)}");
    }

    private string Ingest => Path.Combine(Host.Root, "images", "ingest");

    // A file that compresses badly and many small ones, so that transfer, unpacking and the end of both can be hit.
    private void PushImage()
    {
        string archive = Path.Combine(Host.HomeDirectory, "crash.tar");
        byte[] bytes = new byte[LayerBytes];
        new Random(1).NextBytes(bytes);
        using (TarWriter tar = new(File.Create(archive), TarEntryFormat.Pax, leaveOpen: false))
        {
            for (int i = 0; i < LayerFiles; i++)
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"d{i % 40}/f{i}");
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes, i, 100) });
            }

            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "big") { DataStream = new MemoryStream(bytes) });
        }

        Host.Run("image", "import", archive, Image).Succeeds();
        Host.Run("push", Image).Succeeds();
        Host.Run("image", "rm", Image).Succeeds();
    }

    private void MakeBundle()
    {
        string root = Path.Combine(Bundle, "rootfs");
        Directory.CreateDirectory(Path.Combine(root, "bin"));
        File.Copy("/usr/bin/busybox", Path.Combine(root, "bin", "sleep"));
        using (Process made = Process.Start(Checkout.Program("hull-oci"), ["spec", "--bundle", Bundle]))
        {
            made.WaitForExit();
        }

        string path = Path.Combine(Bundle, "config.json");
        JsonNode spec = JsonNode.Parse(File.ReadAllText(path))!;
        spec["process"]!["terminal"] = false;
        spec["process"]!["args"] = new JsonArray("/bin/sleep", "100000");
        spec["process"]!["env"]!.AsArray().Add("MARK=" + Mark);
        spec["linux"]!["cgroupsPath"] = "/" + Mark + "/oci";
        File.WriteAllText(path, spec.ToJsonString());
        Directory.CreateDirectory(OciRoot);
    }
}
