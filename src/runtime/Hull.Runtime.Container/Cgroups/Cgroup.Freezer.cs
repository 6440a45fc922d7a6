using Hull.Linux;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>Stopping and continuing every process.</summary>
public sealed partial class Cgroup
{
    private const string LegacyState = "freezer.state";
    private const string UnifiedState = "cgroup.freeze";
    private const int TriesAtOnce = 50;
    private const int FirstPatience = 8;
    private const int MostPatience = 512;
    private const int RestMs = 10;
    private const int FreezeWaitMs = 10_000;
    private const int KillWaitMs = 250;

    /// <summary>True when this cgroup itself was frozen; a frozen parent does not count.</summary>
    public bool IsFrozen
    {
        get
        {
            if (DirectoryOf(CgroupControllers.Freezer, out bool unified) is not { } directory)
            {
                return false;
            }

            return unified
                ? CgroupFile.ReadNumber(directory, UnifiedState) == 1
                : CgroupFile.ReadText(directory, LegacyState) != "THAWED"
                    && CgroupFile.ReadNumber(directory, "freezer.self_freezing") != 0;
        }
    }

    /// <summary>Stops every process; returns when all of them stand still.</summary>
    /// <exception cref="HullException">
    /// They did not all stop within about ten seconds, or the kernel has no freezer; nothing is frozen then.
    /// </exception>
    public void Freeze() => Freeze(FreezeWaitMs);

    private void Freeze(int waitMs)
    {
        string directory = Require(CgroupControllers.Freezer, "freezer", out bool unified);
        try
        {
            if (unified)
            {
                FreezeUnified(directory, waitMs);
            }
            else
            {
                FreezeLegacy(directory, waitMs);
            }
        }
        catch
        {
            // Half frozen is worse than running: nothing could be killed or joined.
            Thaw();
            throw;
        }
    }

    /// <summary>Lets every process continue.</summary>
    public void Thaw()
    {
        string directory = Require(CgroupControllers.Freezer, "freezer", out bool unified);
        CgroupFile.Write(directory, unified ? UnifiedState : LegacyState, unified ? "0" : "THAWED");
    }

    // Version 1 can stay in FREEZING for ever while processes keep appearing, and asking again helps; letting them run for a
    // moment helps too. A process freezes only when it is its turn to run, which takes its time where many others want to:
    // each round waits longer. Source: Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst.
    private static void FreezeLegacy(string directory, int waitMs)
    {
        long end = Environment.TickCount64 + waitMs;
        for (int patience = FirstPatience; ; patience = Math.Min(patience * 2, MostPatience))
        {
            for (int i = 0; i < TriesAtOnce + patience; i++)
            {
                CgroupFile.Write(directory, LegacyState, "FROZEN");
                if (CgroupFile.ReadText(directory, LegacyState) == "FROZEN")
                {
                    return;
                }

                if (i >= TriesAtOnce)
                {
                    KernelWait.Moment(1);
                }
            }

            if (Environment.TickCount64 >= end)
            {
                throw NotFrozen(directory);
            }

            _ = CgroupFile.TryWrite(directory, LegacyState, "THAWED");
            KernelWait.Moment(RestMs);
        }
    }

    private static void FreezeUnified(string directory, int waitMs)
    {
        const string Events = "cgroup.events";
        CgroupFile.Write(directory, UnifiedState, "1");
        string path = CgroupFile.PathOf(directory, Events);
        Errno error = KernelFile.OpenForReading(path, out FileDescriptor? file);
        using (file)
        {
            if (file is null)
            {
                throw new LinuxException("open", path, error);
            }

            long end = Environment.TickCount64 + waitMs;
            while (true)
            {
                string events = KernelFile.ReadAgain(file);
                if (CgroupFile.ValueOf(events, "frozen") == 1)
                {
                    return;
                }

                long rest = end - Environment.TickCount64;
                if (rest <= 0 || (!KernelWait.ForChange(file, (int)rest) && CgroupFile.ValueOf(events, "frozen") is null))
                {
                    throw NotFrozen(directory);
                }
            }
        }
    }

    private static HullException NotFrozen(string directory) => new(
        ErrorKind.Unavailable, $"The processes in '{directory}' could not all be frozen: unable to freeze.");
}
