namespace Hull.Oci.Runtime;

/// <summary>One mount beside the root.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config.md, "Mounts".</remarks>
public sealed record MountSpec
{
    /// <summary>Where, an absolute path inside the container.</summary>
    public string Destination { get; set; } = "";

    /// <summary>File system type; <c>bind</c> or null for binds.</summary>
    public string? Type { get; set; }

    /// <summary>What: a path, device or name.</summary>
    public string? Source { get; set; }

    /// <summary>Options as for mount(8), and the specification's own.</summary>
    public IReadOnlyList<string>? Options { get; set; }

    /// <summary>User mapping of an idmapped mount.</summary>
    public IReadOnlyList<IdMappingSpec>? UidMappings { get; set; }

    /// <summary>Group mapping of an idmapped mount.</summary>
    public IReadOnlyList<IdMappingSpec>? GidMappings { get; set; }
}
