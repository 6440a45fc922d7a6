using Hull.Oci.Runtime;
using Hull.Runtime;

namespace Hull.Supervision;

/// <summary>What a supervisor is told about its container; written by the engine before each start (<c>task.json</c>).</summary>
public sealed record TaskOrders
{
    /// <summary>The file's name in the container's directory.</summary>
    public const string FileName = "task.json";

    /// <summary>The container's identifier.</summary>
    public required string Id { get; init; }

    /// <summary>The container's name when it was started; for events.</summary>
    public required string Name { get; init; }

    /// <summary>The image it was made from, as the user named it; for events.</summary>
    public string Image { get; init; } = "";

    /// <summary>Where the runtime keeps its facts about tasks.</summary>
    public required string RuntimeRoot { get; init; }

    /// <summary>The path the supervisor listens at.</summary>
    public required string Socket { get; init; }

    /// <summary>The file that events are appended to.</summary>
    public required string EventsFile { get; init; }

    /// <summary>What to run and how to contain it.</summary>
    public required RuntimeSpec Spec { get; init; }

    /// <summary>Where the root comes from.</summary>
    public required RootFilesystem Root { get; init; }

    /// <summary>The machine to run it in; null for a container of the host's kernel.</summary>
    public MachineOrders? Machine { get; init; }

    /// <summary>Where output goes besides attached clients.</summary>
    public LogOrders Log { get; init; } = new();

    /// <summary>Whether to start it again when it ends.</summary>
    public RestartOrders Restart { get; init; } = new();

    /// <summary>How to tell whether it is well; null for no check.</summary>
    public HealthOrders? Health { get; init; }

    /// <summary>The signal that asks it to end.</summary>
    public int StopSignal { get; init; } = 15;

    /// <summary>Seconds between that signal and SIGKILL; -1 to wait for ever.</summary>
    public int StopTimeoutSeconds { get; init; } = 10;

    /// <summary>Whether standard input is a pipe; <c>/dev/null</c> otherwise. A terminal always has input.</summary>
    public bool OpenInput { get; init; }

    /// <summary>Whether standard input closes when the first client that sends input leaves.</summary>
    public bool InputOnce { get; init; }

    /// <summary>Whether the container is removed when it ends.</summary>
    public bool AutoRemove { get; init; }

    /// <summary>The program that removes it (<c>hull</c>) with its global options; used when nobody else does.</summary>
    public IReadOnlyList<string> RemoveCommand { get; init; } = [];
}
