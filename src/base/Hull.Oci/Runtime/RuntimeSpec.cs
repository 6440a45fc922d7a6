namespace Hull.Oci.Runtime;

/// <summary>The whole of <c>config.json</c>: what to run and how to contain it.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config.md.</remarks>
public sealed record RuntimeSpec
{
    /// <summary>Version of the specification the file follows, SemVer.</summary>
    public string OciVersion { get; set; } = "1.2.0";

    /// <summary>The process to start; null until a caller supplies one.</summary>
    public ProcessSpec? Process { get; set; }

    /// <summary>The root file system.</summary>
    public RootSpec? Root { get; set; }

    /// <summary>Host name inside the UTS namespace.</summary>
    public string? Hostname { get; set; }

    /// <summary>NIS domain name inside the UTS namespace.</summary>
    public string? Domainname { get; set; }

    /// <summary>Mounts beside the root, in order.</summary>
    public IReadOnlyList<MountSpec>? Mounts { get; set; }

    /// <summary>Programs run at the points of the life cycle.</summary>
    public HooksSpec? Hooks { get; set; }

    /// <summary>Free-form key-value pairs.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; set; }

    /// <summary>What only Linux has.</summary>
    public LinuxSpec? Linux { get; set; }
}
