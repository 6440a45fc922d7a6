using Hull.Linux;

namespace Hull.Machine;

/// <summary>What a process whose guest rests does not need: garbage, and the pages of its own program.</summary>
internal static class ProcessRest
{
    private const long AgainAfterMs = 60_000;

    // A machine that is built leaves megabytes behind, and one that runs allocates next to nothing: no collection would come by itself.
    private const long GarbageBytes = 1 << 20;

    private static readonly Lock s_lock = new();
    private static long s_nextMs;
    private static long s_collectedBytes;

    /// <summary>Gives them back: a machine was built. Any thread.</summary>
    internal static void Tidy()
    {
        lock (s_lock)
        {
            Collect(GC.GetTotalAllocatedBytes());
            ProgramMemory.GiveBack();
        }
    }

    /// <summary>Gives them back, at most once a minute: a processor rests. Any thread.</summary>
    internal static void GiveBack()
    {
        lock (s_lock)
        {
            long now = Environment.TickCount64;
            if (now < s_nextMs)
            {
                return;
            }

            s_nextMs = now + AgainAfterMs;
            long allocated = GC.GetTotalAllocatedBytes();
            if (allocated - s_collectedBytes > GarbageBytes)
            {
                Collect(allocated);
            }

            ProgramMemory.GiveBack();
        }
    }

    private static void Collect(long allocated)
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        s_collectedBytes = allocated;
    }
}
