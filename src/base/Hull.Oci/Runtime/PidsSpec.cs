namespace Hull.Oci.Runtime;

/// <summary>Limit on the number of tasks.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "PIDs".</remarks>
public sealed record PidsSpec
{
    /// <summary>Most tasks; -1 or 0 is unlimited.</summary>
    public long? Limit { get; set; }
}
