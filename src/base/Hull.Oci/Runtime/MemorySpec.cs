using System.Text.Json.Serialization;

namespace Hull.Oci.Runtime;

/// <summary>Memory limits, in bytes; -1 is unlimited.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Memory".</remarks>
public sealed record MemorySpec
{
    /// <summary>Memory.</summary>
    public long? Limit { get; set; }

    /// <summary>Soft limit.</summary>
    public long? Reservation { get; set; }

    /// <summary>Memory and swap together.</summary>
    public long? Swap { get; set; }

    /// <summary>Kernel memory (v1, deprecated).</summary>
    public long? Kernel { get; set; }

    /// <summary>Kernel TCP buffers (v1, deprecated).</summary>
    [JsonPropertyName("kernelTCP")]
    public long? KernelTCP { get; set; }

    /// <summary>0 to 100 (v1).</summary>
    public ulong? Swappiness { get; set; }

    /// <summary>Stops instead of kills (v1).</summary>
    [JsonPropertyName("disableOOMKiller")]
    public bool? DisableOOMKiller { get; set; }

    /// <summary>Counts children (v1, always on today).</summary>
    public bool? UseHierarchy { get; set; }

    /// <summary>Refuses a limit below the usage.</summary>
    public bool? CheckBeforeUpdate { get; set; }
}
