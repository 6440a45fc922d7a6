namespace Hull.Oci.Runtime;

/// <summary>Scheduling policy and attributes of a process.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config.md, "Linux Process", scheduler; sched_setattr(2).</remarks>
public sealed record SchedulerSpec
{
    /// <summary><c>SCHED_OTHER</c>, <c>SCHED_FIFO</c>, …</summary>
    public string Policy { get; set; } = "";

    /// <summary>Nice value, for SCHED_OTHER and SCHED_BATCH.</summary>
    public int Nice { get; set; }

    /// <summary>Static priority, for SCHED_FIFO and SCHED_RR.</summary>
    public int Priority { get; set; }

    /// <summary><c>SCHED_FLAG_…</c> names.</summary>
    public IReadOnlyList<string>? Flags { get; set; }

    /// <summary>Nanoseconds, for SCHED_DEADLINE.</summary>
    public ulong Runtime { get; set; }

    /// <summary>Nanoseconds, for SCHED_DEADLINE.</summary>
    public ulong Deadline { get; set; }

    /// <summary>Nanoseconds, for SCHED_DEADLINE.</summary>
    public ulong Period { get; set; }
}
