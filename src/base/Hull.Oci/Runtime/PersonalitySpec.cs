namespace Hull.Oci.Runtime;

/// <summary>Execution domain of the process.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Personality"; personality(2).</remarks>
public sealed record PersonalitySpec
{
    /// <summary><c>LINUX</c> or <c>LINUX32</c>.</summary>
    public string Domain { get; set; } = "";

    /// <summary>None are defined.</summary>
    public IReadOnlyList<string>? Flags { get; set; }
}
