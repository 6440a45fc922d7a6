namespace Hull.Oci.Runtime;

/// <summary>Programs run at the points of the life cycle.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config.md, "POSIX-platform Hooks".</remarks>
public sealed record HooksSpec
{
    /// <summary>Deprecated: in the runtime's namespace after the namespaces exist.</summary>
    public IReadOnlyList<HookSpec>? Prestart { get; set; }

    /// <summary>In the runtime's namespace after the namespaces exist.</summary>
    public IReadOnlyList<HookSpec>? CreateRuntime { get; set; }

    /// <summary>In the container's mount namespace before pivot_root.</summary>
    public IReadOnlyList<HookSpec>? CreateContainer { get; set; }

    /// <summary>In the container, before the process.</summary>
    public IReadOnlyList<HookSpec>? StartContainer { get; set; }

    /// <summary>In the runtime's namespace after the process started.</summary>
    public IReadOnlyList<HookSpec>? Poststart { get; set; }

    /// <summary>In the runtime's namespace after the container was deleted.</summary>
    public IReadOnlyList<HookSpec>? Poststop { get; set; }
}
