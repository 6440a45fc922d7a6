namespace Hull.Oci.Runtime;

/// <summary>Processors an exec runs on.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config.md, "Linux Process", execCPUAffinity.</remarks>
public sealed record CpuAffinitySpec
{
    /// <summary>Before it enters the cgroup, a list such as <c>0-3,7</c>.</summary>
    public string? Initial { get; set; }

    /// <summary>After.</summary>
    public string? Final { get; set; }
}
