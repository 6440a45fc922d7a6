namespace Hull.Oci.Runtime;

/// <summary>Limit for one huge page size.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Huge page limits".</remarks>
public sealed record HugepageLimitSpec
{
    /// <summary>Size such as <c>2MB</c>.</summary>
    public string PageSize { get; set; } = "";

    /// <summary>Bytes.</summary>
    public ulong Limit { get; set; }
}
