using Hull.Linux;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>Stopping and continuing every process.</summary>
public sealed partial class Cgroup
{
    private const string LegacyState = "freezer.state";
    private const string UnifiedState = "cgroup.freeze";
    private const int MaxFreezeTries = 1000;
    private const int TriesPerRest = 50;
    private const int RestMs = 10;
    private const int UnifiedWaitMs = 10_000;

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
    public void Freeze()
    {
        string directory = Require(CgroupControllers.Freezer, "freezer", out bool unified);
        try
        {
            if (unified)
            {
                FreezeUnified(directory);
            }
            else
            {
                FreezeLegacy(directory);
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
    // moment helps too. Source: Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst.
    private static void FreezeLegacy(string directory)
    {
        for (int i = 1; i <= MaxFreezeTries; i++)
        {
            if (i % TriesPerRest == 0)
            {
                _ = CgroupFile.TryWrite(directory, LegacyState, "THAWED");
                KernelWait.Moment(RestMs);
            }

            CgroupFile.Write(directory, LegacyState, "FROZEN");
            if (CgroupFile.ReadText(directory, LegacyState) == "FROZEN")
            {
                return;
            }
        }

        throw NotFrozen(directory);
    }

    private static void FreezeUnified(string directory)
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

            long end = Environment.TickCount64 + UnifiedWaitMs;
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
