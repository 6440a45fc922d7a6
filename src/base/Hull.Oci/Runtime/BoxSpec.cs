namespace Hull.Oci.Runtime;

/// <summary>A terminal size.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config.md, "Process", consoleSize.</remarks>
public sealed record BoxSpec
{
    /// <summary>Rows.</summary>
    public uint Height { get; set; }

    /// <summary>Columns.</summary>
    public uint Width { get; set; }
}
