namespace Hull.Oci.Runtime;

/// <summary>The five capability sets, as names such as <c>CAP_CHOWN</c>.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config.md, "Linux Process", capabilities.</remarks>
public sealed record CapabilitiesSpec
{
    /// <summary>Checked by the kernel.</summary>
    public IReadOnlyList<string>? Effective { get; set; }

    /// <summary>The most an exec may ever gain.</summary>
    public IReadOnlyList<string>? Bounding { get; set; }

    /// <summary>Kept across exec of privileged files.</summary>
    public IReadOnlyList<string>? Inheritable { get; set; }

    /// <summary>What effective may be raised to.</summary>
    public IReadOnlyList<string>? Permitted { get; set; }

    /// <summary>Kept across exec of ordinary files.</summary>
    public IReadOnlyList<string>? Ambient { get; set; }
}
