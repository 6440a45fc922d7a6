namespace Hull.Oci.Runtime;

/// <summary>One hook program.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config.md, "POSIX-platform Hooks".</remarks>
public sealed record HookSpec
{
    /// <summary>Absolute path.</summary>
    public string Path { get; set; } = "";

    /// <summary>Arguments with the program's name first.</summary>
    public IReadOnlyList<string>? Args { get; set; }

    /// <summary>Environment, <c>KEY=value</c>.</summary>
    public IReadOnlyList<string>? Env { get; set; }

    /// <summary>Seconds before it is killed; null for no limit.</summary>
    public int? Timeout { get; set; }
}
