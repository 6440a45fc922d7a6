namespace Hull.Runtime;

/// <summary>A process as a kernel that is not the host's shows it.</summary>
public sealed record TaskProcess
{
    /// <summary>Its number there.</summary>
    public int ProcessId { get; init; }

    /// <summary>Its parent's number there.</summary>
    public int ParentId { get; init; }

    /// <summary>Whose it is.</summary>
    public uint UserId { get; init; }

    /// <summary>When it began, in milliseconds before the question.</summary>
    public long AgeMs { get; init; }

    /// <summary>How long it had a processor, in milliseconds.</summary>
    public long ProcessorMs { get; init; }

    /// <summary>The number of its pseudo-terminal; null without one.</summary>
    public int? Terminal { get; init; }

    /// <summary>Its arguments, or its name in brackets; long ones are cut.</summary>
    public string Command { get; init; } = "";
}
