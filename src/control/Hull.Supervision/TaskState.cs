using System.Text.Json.Serialization;

namespace Hull.Supervision;

/// <summary>Where a container stands, in Docker's words.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TaskState>))]
public enum TaskState
{
    /// <summary>Made, never started.</summary>
    Created,

    /// <summary>Its first process runs.</summary>
    Running,

    /// <summary>Every process in it is frozen.</summary>
    Paused,

    /// <summary>It ended and waits for its restart.</summary>
    Restarting,

    /// <summary>It ended.</summary>
    Exited,

    /// <summary>It could not be removed completely.</summary>
    Dead,
}
