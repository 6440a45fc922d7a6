namespace Hull.Oci.Runtime;

/// <summary>Processor time and sets.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "CPU".</remarks>
public sealed record CpuSpec
{
    /// <summary>Relative weight, 2 to 262,144; default 1,024.</summary>
    public ulong? Shares { get; set; }

    /// <summary>Microseconds per period; -1 is unlimited.</summary>
    public long? Quota { get; set; }

    /// <summary>Microseconds that may accumulate.</summary>
    public ulong? Burst { get; set; }

    /// <summary>Microseconds; default 100,000.</summary>
    public ulong? Period { get; set; }

    /// <summary>Microseconds per period for real-time tasks.</summary>
    public long? RealtimeRuntime { get; set; }

    /// <summary>Microseconds.</summary>
    public ulong? RealtimePeriod { get; set; }

    /// <summary>Processors, a list such as <c>0-3</c>.</summary>
    public string? Cpus { get; set; }

    /// <summary>Memory nodes, a list.</summary>
    public string? Mems { get; set; }

    /// <summary>1 makes the group idle-priority.</summary>
    public long? Idle { get; set; }
}
