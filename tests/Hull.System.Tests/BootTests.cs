using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Hull.System.Tests;

/// <summary>What restart policies do after the host went down: a loss of every process and of /run, and another boot's identifier.</summary>
public sealed class BootTests : IDisposable
{
    private readonly HullHost _hull = new();

    public void Dispose() => _hull.Dispose();

    [Fact]
    public void Boot_StartsWhatPoliciesWant_Once()
    {
        HullHost.RequireRoot();
        Run("none", "no");
        Run("always", "always");
        Run("unless", "unless-stopped");
        Run("failure", "on-failure");
        Run("always-stopped", "always");
        Run("unless-stopped", "unless-stopped");
        _hull.Run("create", "--name", "never", "--restart", "always", "busybox", "sleep", "1000").Succeeds();
        _hull.Run("run", "--name", "well", "--restart", "on-failure", "busybox", "true").Succeeds();
        _hull.Run("stop", "-t", "0", "always-stopped", "unless-stopped").Succeeds();
        Reboot();

        Assert.Equal("exited 255 The host went down.", _hull.Inspect("none", "{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}"));
        string started = _hull.Run("system", "boot").Succeeds();

        Assert.Equal(["always", "unless", "failure", "always-stopped"], started.TrimEnd().Split('\n'));
        Assert.Equal("always\nalways-stopped\nfailure\nunless\n", Sorted(_hull.Run("ps", "--format", "{{.Names}}").Succeeds()));
        _hull.Run("stop", "-t", "0", "always").Succeeds();
        Assert.Equal("", _hull.Run("system", "boot").Succeeds());
        Assert.Equal("always\n", _hull.Run("system", "boot", "--again").Succeeds());
    }

    [Fact]
    public void Boot_WithContainerThatCannotStart_StartsTheOthers()
    {
        HullHost.RequireRoot();
        string bound = Path.Combine(_hull.Root, "bound");
        Directory.CreateDirectory(bound);
        _hull.Run("run", "-d", "--name", "broken", "--restart", "always", "--mount", $"type=bind,src={bound},dst=/b", "busybox", "sleep", "1000").Succeeds();
        Run("good", "always");
        Reboot();
        Directory.Delete(bound);

        HullResult result = _hull.Run("system", "boot");

        Assert.Equal((1, "good\n"), (result.ExitCode, result.Output));
        Assert.Contains("'broken' was not started", result.Error, StringComparison.Ordinal);
    }

    private void Run(string name, string policy) =>
        _hull.Run("run", "-d", "--name", name, "--restart", policy, "busybox", "sleep", "1000").Succeeds();

    private static string Sorted(string lines) =>
        string.Concat(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).Select(line => line + "\n"));

    // What a power cut leaves: no process, no control group, an empty /run, and records that name another boot.
    private void Reboot()
    {
        foreach (string directory in Directory.GetDirectories(Path.Combine(_hull.Root, "containers")))
        {
            string path = Path.Combine(directory, "status.json");
            if (!File.Exists(path))
            {
                continue;
            }

            string record = File.ReadAllText(path);
            foreach (string key in (string[])["supervisorPid", "pid"])
            {
                Match match = Regex.Match(record, $"\"{key}\":\\s*([0-9]+)", RegexOptions.IgnoreCase);
                if (match.Success && int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) is var pid and > 0)
                {
                    End(pid);
                }
            }

            RemoveGroups(Path.GetFileName(directory));
            File.WriteAllText(path, Regex.Replace(record, "\"bootId\":\\s*\"[^\"]*\"", "\"bootId\":\"another\"", RegexOptions.IgnoreCase));
        }

        Directory.Delete(_hull.State, recursive: true);
    }

    private static void RemoveGroups(string id)
    {
        IEnumerable<string> hierarchies = Directory.EnumerateDirectories("/sys/fs/cgroup").Append("/sys/fs/cgroup");
        foreach (string group in hierarchies.Select(hierarchy => Path.Combine(hierarchy, "hull", id)).Where(Directory.Exists))
        {
            // A control group can be removed once the kernel is done with the processes that were killed in it.
            Assert.True(SpinWait.SpinUntil(() => TryRemove(group), TimeSpan.FromSeconds(30)), $"{group} stays in use.");
        }
    }

    private static bool TryRemove(string group)
    {
        try
        {
            Directory.Delete(group);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void End(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
            process.WaitForExit();
        }
        catch (ArgumentException)
        {
            // It ended with the other.
        }
    }
}
