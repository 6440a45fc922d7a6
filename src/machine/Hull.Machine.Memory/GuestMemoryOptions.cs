namespace Hull.Machine.Memory;

/// <summary>What a machine's RAM looks like.</summary>
public sealed record GuestMemoryOptions
{
    /// <summary>The ranges that are RAM, ascending, without overlap.</summary>
    public required IReadOnlyList<MemoryRange> Ranges { get; init; }

    /// <summary>How they are backed.</summary>
    public HugePages HugePages { get; init; }
}
