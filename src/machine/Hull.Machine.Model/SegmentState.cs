namespace Hull.Machine;

/// <summary>A segment register with its hidden part.</summary>
public struct SegmentState
{
    /// <summary>Present, code or data, base and limit as in real mode: the state after reset of everything but CS.</summary>
    public const ushort RealModeData = 0x93;

    /// <summary>The base address.</summary>
    public ulong Base;

    /// <summary>The limit in bytes, already scaled by granularity.</summary>
    public uint Limit;

    /// <summary>The visible part.</summary>
    public ushort Selector;

    /// <summary>
    /// Access rights as bits 8-15 and 20-23 of the descriptor's second word: type 0-3, S 4, DPL 5-6, P 7, AVL 12, L 13, D/B 14, G 15.
    /// A register that was loaded with a null selector has P clear.
    /// </summary>
    public ushort Attributes;
}
