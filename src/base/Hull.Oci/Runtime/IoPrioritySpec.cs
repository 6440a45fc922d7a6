namespace Hull.Oci.Runtime;

/// <summary>Input and output priority of a process.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config.md, "Linux Process", ioPriority; ioprio_set(2).</remarks>
public sealed record IoPrioritySpec
{
    /// <summary><c>IOPRIO_CLASS_RT</c>, <c>…_BE</c> or <c>…_IDLE</c>.</summary>
    public string Class { get; set; } = "";

    /// <summary>0 (highest) to 7.</summary>
    public int Priority { get; set; }
}
