using System.Text.Json.Serialization;

namespace Hull.Engine.Settings;

/// <summary>Where a mount's content comes from.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MountKind>))]
public enum MountKind
{
    /// <summary>A path of the host.</summary>
    Bind,

    /// <summary>A named or anonymous volume.</summary>
    Volume,

    /// <summary>Memory.</summary>
    Tmpfs,
}
