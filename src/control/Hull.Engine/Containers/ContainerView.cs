using Hull.Engine.State;
using Hull.Supervision;

namespace Hull.Engine.Containers;

/// <summary>A container as it stands now: what the database and what its supervisor says.</summary>
/// <param name="Row">What it is.</param>
/// <param name="Record">Where it stands.</param>
public sealed record ContainerView(ContainerRow Row, TaskRecord Record)
{
    /// <summary>Whether its first process runs, frozen or not.</summary>
    public bool IsRunning => Record.State is TaskState.Running or TaskState.Paused;

    /// <summary>Whether it runs or will run again by itself.</summary>
    public bool IsActive => IsRunning || Record.State == TaskState.Restarting;

    /// <summary>Whether its supervisor is about to run it: a machine takes seconds to get there.</summary>
    public bool IsStarting => !IsActive && ProcessIdentity.SupervisorLives(Record);

    /// <summary>The identifier as tables show it.</summary>
    public string ShortId => Row.Id[..12];
}
