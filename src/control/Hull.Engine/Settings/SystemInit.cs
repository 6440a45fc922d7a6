using System.Text.Json.Serialization;

namespace Hull.Engine.Settings;

/// <summary>Whether a container's first process is the init of a whole system and gets what one needs.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SystemInit>))]
public enum SystemInit
{
    /// <summary>When its program is an init by name.</summary>
    Auto,

    /// <summary>Whatever its program is called.</summary>
    Always,

    /// <summary>Never.</summary>
    Never,
}
