using System.Diagnostics;
using System.Globalization;

namespace Hull.System.Tests.Crash;

/// <summary>kill -9 of hull, hull-task and hull-oci at random moments of everything they do.</summary>
/// <remarks><c>./dev crash --kills N</c> sets HULL_CRASH_KILLS, and HULL_CRASH_SEED to see a run again.</remarks>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int DefaultKills = 60;
    private const int Batch = 20;
    private const int OciNames = 1;
    private const int PatienceMs = 60_000;

    private readonly Dictionary<string, double> _usualMs = [];
    private readonly Dictionary<string, int> _kills = [];
    private Random _random = new(0);

    [Fact]
    public void Processes_KilledAtRandom_LoseNothingAndLeakNothing()
    {
        HullHost.RequireRoot();
        LocalRegistry.Require();
        int kills = Number("HULL_CRASH_KILLS", DefaultKills);
        int seed = Number("HULL_CRASH_SEED", Environment.ProcessId);
        output.WriteLine($"seed {seed}");
        _random = new Random(seed);
        using CrashWorld world = new();
        var watch = Stopwatch.StartNew();
        int done = 0;
        while (done < kills)
        {
            int before = done;
            while (done < kills && done - before < Batch)
            {
                done += KillOne(world) ? 1 : 0;
                world.NoteNamespaces();
                AssertAnswers(world);
            }

            world.AssertNothingLost();
            world.Clear();
            world.AssertNothingLeaked(containers: 2, running: 1);
        }

        world.RemoveAllAndAssertEmpty();
        string each = string.Join(", ", _kills.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done} kills in {watch.Elapsed.TotalSeconds:0} s, {world.NamespacesSeen} namespaces seen: {each}"));
    }

    // The next command after a kill finds its way, whatever was left.
    private static void AssertAnswers(CrashWorld world)
    {
        world.Host.Run("ps", "-a").Succeeds();
        (int status, string text) = world.Finish(world.Oci("list"));
        Assert.True(status == 0, text);
    }

    private bool KillOne(CrashWorld world)
    {
        const int SupervisorsOneIn = 6;
        if (_random.Next(SupervisorsOneIn) == 0 && world.Supervisors() is { Count: > 0 } supervisors)
        {
            return Kill(supervisors[_random.Next(supervisors.Count)], "hull-task at rest");
        }

        (string name, string[] command) = Choose(world);
        double usual = _usualMs.GetValueOrDefault(name);
        if (name == "pull")
        {
            world.ForgetImage();
        }

        using Process process = world.Start(command);
        var watch = Stopwatch.StartNew();
        bool ended = usual == 0 ? process.WaitForExit(PatienceMs) : process.WaitForExit((int)(_random.NextDouble() * usual * 1.1));
        bool killed = false;
        if (!ended)
        {
            int child = _random.Next(3) == 0 ? SupervisorBelow(process.Id) : 0;
            killed = child > 0 ? Kill(child, "hull-task at " + name) : Kill(process.Id, name);
            ended = process.WaitForExit(PatienceMs);
        }

        Assert.True(ended, $"'{string.Join(' ', command)}' did not end: {world.LastOutput()}");
        if (!killed)
        {
            _usualMs[name] = Math.Max(watch.Elapsed.TotalMilliseconds, usual);
        }

        Assert.DoesNotContain("   at ", world.LastOutput(), StringComparison.Ordinal);
        return killed;
    }

    private (string Name, string[] Command) Choose(CrashWorld world)
    {
        string name = CrashWorld.NameOf(_random);
        string oci = string.Create(CultureInfo.InvariantCulture, $"o{_random.Next(OciNames)}");
        (string Name, string[] Command) chosen = _random.Next(21) switch
        {
            0 or 1 => ("run --rm", world.Make("run", "--rm", "busybox", "true")),
            2 or 3 or 4 => ("run -d", world.Make("run", "-d", "--name", name, "-v", "v" + name + ":/v", "busybox", "sleep", "100000")),
            5 => ("run --restart", world.Make("run", "-d", "--name", name, "--restart", "always", "busybox", "sh", "-c", "sleep 0.2; exit 1")),
            6 => ("create", world.Make("create", "--name", name, "busybox", "sleep", "100000")),
            7 or 8 => ("start", ["start", name]),
            9 => ("exec", ["exec", name, "sh", "-c", "echo in; true"]),
            10 => ("stop", ["stop", "-t", "0", name]),
            11 => ("restart", ["restart", "-t", "0", name]),
            12 => ("rm", ["rm", "-f", "-v", name]),
            13 or 19 => ("pull", ["pull", world.Image]),
            14 => ("image rm", ["image", "rm", world.Image]),
            15 => ("commit", ["commit", name, "busybox:made"]),
            16 => ("prune", ["image", "prune", "-f"]),
            17 => ("oci run", world.OciMake("run", oci, "--detach")),
            18 => ("oci create", world.OciMake("create", oci)),
            _ => _random.Next(4) switch
            {
                0 => ("oci start", world.Oci("start", oci)),
                1 => ("oci exec", world.Oci("exec", oci, "/bin/sleep", "0")),
                2 => ("oci kill", world.Oci("kill", oci, "KILL")),
                _ => ("oci delete", world.Oci("delete", "--force", oci)),
            },
        };

        return chosen.Name.StartsWith("oci", StringComparison.Ordinal) ? chosen : (chosen.Name, [HullHost.Program, .. chosen.Command]);
    }

    private bool Kill(int pid, string what)
    {
        try
        {
            using Process process = Process.GetProcessById(pid);
            process.Kill();
        }
        catch (ArgumentException)
        {
            return false; // It ended by itself.
        }
        catch (InvalidOperationException)
        {
            return false;
        }

        _kills[what] = _kills.GetValueOrDefault(what) + 1;
        return true;
    }

    private static int SupervisorBelow(int pid)
    {
        try
        {
            foreach (string thread in Directory.EnumerateDirectories($"/proc/{pid}/task"))
            {
                foreach (string child in File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    if (File.ReadAllText($"/proc/{child}/comm").StartsWith("hull-task", StringComparison.Ordinal))
                    {
                        return int.Parse(child, CultureInfo.InvariantCulture);
                    }
                }
            }
        }
        catch (IOException)
        {
            // It ended meanwhile.
        }

        return 0;
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : otherwise;
}
