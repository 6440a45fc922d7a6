namespace Hull.Oci.Runtime;

/// <summary>One resource limit.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config.md, "POSIX process", rlimits.</remarks>
public sealed record RlimitSpec
{
    /// <summary>Name such as <c>RLIMIT_NOFILE</c>.</summary>
    public string Type { get; set; } = "";

    /// <summary>The limit in force.</summary>
    public ulong Soft { get; set; }

    /// <summary>The most soft may be raised to.</summary>
    public ulong Hard { get; set; }
}
