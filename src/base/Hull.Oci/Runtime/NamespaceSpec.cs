namespace Hull.Oci.Runtime;

/// <summary>One namespace to create, or to join by path.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Namespaces".</remarks>
public sealed record NamespaceSpec
{
    /// <summary><c>pid</c>, <c>network</c>, <c>mount</c>, <c>ipc</c>, <c>uts</c>, <c>user</c>, <c>cgroup</c> or <c>time</c>.</summary>
    public string Type { get; set; } = "";

    /// <summary>Namespace file to join; null creates one.</summary>
    public string? Path { get; set; }
}
