using System.Text.Json.Serialization;

namespace Hull.Oci.Runtime;

/// <summary>The identity of a process.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config.md, "POSIX-platform User".</remarks>
public sealed record UserSpec
{
    /// <summary>User id inside the container.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public uint Uid { get; set; }

    /// <summary>Group id inside the container.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public uint Gid { get; set; }

    /// <summary>File mode creation mask; null leaves the inherited one.</summary>
    public uint? Umask { get; set; }

    /// <summary>Supplementary groups.</summary>
    public IReadOnlyList<uint>? AdditionalGids { get; set; }

    /// <summary>Windows only; ignored on Linux as the specification says.</summary>
    public string? Username { get; set; }
}
