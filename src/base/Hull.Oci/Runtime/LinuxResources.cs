using System.Text.Json.Serialization;

namespace Hull.Oci.Runtime;

/// <summary>Cgroup limits; a null member leaves the kernel's default.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Control groups".</remarks>
public sealed record LinuxResources
{
    /// <summary>Device access rules, in order.</summary>
    public IReadOnlyList<DeviceRuleSpec>? Devices { get; set; }

    /// <summary>Memory limits.</summary>
    public MemorySpec? Memory { get; set; }

    /// <summary>Processor time and sets.</summary>
    public CpuSpec? Cpu { get; set; }

    /// <summary>Number of tasks.</summary>
    public PidsSpec? Pids { get; set; }

    /// <summary>Block device limits.</summary>
    [JsonPropertyName("blockIO")]
    public BlockIoSpec? BlockIO { get; set; }

    /// <summary>Huge page limits.</summary>
    public IReadOnlyList<HugepageLimitSpec>? HugepageLimits { get; set; }

    /// <summary>Network class and priorities (v1).</summary>
    public NetworkSpec? Network { get; set; }

    /// <summary>RDMA limits by device.</summary>
    public IReadOnlyDictionary<string, RdmaSpec>? Rdma { get; set; }

    /// <summary>Files of cgroup v2, written as they stand.</summary>
    public IReadOnlyDictionary<string, string>? Unified { get; set; }
}
