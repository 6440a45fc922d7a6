namespace Hull.Machine;

/// <summary>Turns IA32_TSC_DEADLINE as a guest knows it, on its own counter, into one on the board's, and back.</summary>
/// <remarks>A processor whose counter was written, or ran at another rate, has an offset: <see cref="ProcessorState.TscOffset"/>. 0 stays 0: not armed.</remarks>
public static class CounterDeadline
{
    /// <summary>The board's, at least 1: long past is past.</summary>
    public static ulong ToBoard(ulong deadline, ulong offset)
    {
        if (deadline == 0)
        {
            return 0;
        }

        Int128 own = (Int128)deadline - (long)offset;
        return own < 1 ? 1 : own > ulong.MaxValue ? ulong.MaxValue : (ulong)own;
    }

    /// <summary>The guest's, at least 1.</summary>
    public static ulong ToGuest(ulong deadline, ulong offset) => ToBoard(deadline, 0 - offset);
}
