using System.Globalization;

namespace Hull.Benchmarks.Peers;

/// <summary>What a machine's process holds beside the guest's memory, when its guest is up and when it has rested.</summary>
internal sealed class MachineMemoryCase : ICase
{
    // A processor's rest is seen after two seconds, at the next time the guest wakes; Linux wakes every few seconds.
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public string Name => "machine-memory";

    /// <inheritdoc/>
    public string Question => "memory of a machine's process beside the guest's, with the pages of its program (bar: 16 MiB, aim 5)";

    /// <inheritdoc/>
    public void Run(Context context)
    {
        MachineGuest guest = new(context);
        Engines engines = new(context);
        string[] pull = engines.Command("hull", "vm", "kernel", "pull");
        Context.Succeed(pull[0], pull[1..]);
        List<Memory> up = [], rested = [], containerUp = [], containerRested = [];
        for (int round = 0; round < MachineGuest.Rounds; round++)
        {
            guest.Hull(context, "interpreter", "rest").Go(id => Look(ChildOf(id), up, rested));
            Container(engines, containerUp, containerRested);
        }

        Print("hull vm run, 256 MiB, userspace is up", up);
        Print("hull vm run, rested", rested);
        Print("run --isolation vm, 128 MiB, is up", containerUp);
        Print("run --isolation vm, rested", containerRested);
    }

    private static void Container(Engines engines, List<Memory> up, List<Memory> rested)
    {
        string[] start = engines.Command("hull", "run", "-d", "--network", "none", "--isolation", "vm", "-m", "128m", Engines.Image, "/bin/sleep", "600");
        string id = Context.Succeed(start[0], start[1..]);
        Look(ProcessOf(id), up, rested);
        string[] remove = engines.Command("hull", "rm", "-f", id);
        Context.Succeed(remove[0], remove[1..]);
    }

    private static void Look(int process, List<Memory> up, List<Memory> rested)
    {
        up.Add(Read(process));
        using ManualResetEventSlim never = new();
        never.Wait(s_rest);
        rested.Add(Read(process));
    }

    // The command is the console; the machine is its jailed child. Source: proc_pid_task(5), children.
    private static int ChildOf(int command) => Directory.EnumerateDirectories($"/proc/{command.ToString(CultureInfo.InvariantCulture)}/task")
        .SelectMany(thread => File.ReadAllText(thread + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(child => int.Parse(child, CultureInfo.InvariantCulture)).First();

    private static int ProcessOf(string id) => Directory.EnumerateDirectories("/proc")
        .Where(process => int.TryParse(Path.GetFileName(process), CultureInfo.InvariantCulture, out _))
        .Where(process => IsMachineOf(process, id))
        .Select(process => int.Parse(Path.GetFileName(process), CultureInfo.InvariantCulture)).First();

    private static bool IsMachineOf(string directory, string id)
    {
        try
        {
            string command = File.ReadAllText(Path.Combine(directory, "cmdline"));
            return command.StartsWith("/hull-machine\0container\0", StringComparison.Ordinal) && command.Contains(id, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    // Everything resident but the memory file that is the guest's RAM. Source: proc_pid_smaps(5).
    private static Memory Read(int process)
    {
        long resident = 0, written = 0;
        bool isGuest = false;
        foreach (string line in File.ReadLines($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/smaps"))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!words[0].EndsWith(':'))
            {
                isGuest = line.Contains("guest-ram", StringComparison.Ordinal);
            }
            else if (!isGuest && words[0] is ("Rss:" or "Anonymous:"))
            {
                long kibibytes = long.Parse(words[1], CultureInfo.InvariantCulture);
                (resident, written) = words[0] == "Rss:" ? (resident + kibibytes, written) : (resident, written + kibibytes);
            }
        }

        return new Memory(resident, written);
    }

    private static void Print(string name, List<Memory> all)
    {
        double resident = MachineBootCase.Median([.. all.Select(one => one.Resident / 1024.0)]);
        double written = MachineBootCase.Median([.. all.Select(one => one.Written / 1024.0)]);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{name,-40} n={all.Count} {resident,6:0.0} MiB, of it written to {written,6:0.0} MiB"));
    }

    /// <summary>All in KiB.</summary>
    private readonly record struct Memory(long Resident, long Written);
}
