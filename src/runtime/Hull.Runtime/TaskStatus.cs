namespace Hull.Runtime;

/// <summary>Where a task stands. Source: OCI runtime specification 1.2, runtime.md, "State"; paused as runc has it.</summary>
public enum TaskStatus
{
    /// <summary>Being made.</summary>
    Creating,

    /// <summary>Made; its process waits for start.</summary>
    Created,

    /// <summary>Its process runs.</summary>
    Running,

    /// <summary>Every process is frozen.</summary>
    Paused,

    /// <summary>Its process ended.</summary>
    Stopped,
}
