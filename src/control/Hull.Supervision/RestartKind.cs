using System.Text.Json.Serialization;

namespace Hull.Supervision;

/// <summary>The restart policies Docker knows.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RestartKind>))]
public enum RestartKind
{
    /// <summary>Never.</summary>
    No,

    /// <summary>When it ended with a code other than 0.</summary>
    OnFailure,

    /// <summary>Whenever it ended, unless it was stopped by hand.</summary>
    Always,

    /// <summary>As <see cref="Always"/>; differs only in what happens after the host restarted.</summary>
    UnlessStopped,
}
