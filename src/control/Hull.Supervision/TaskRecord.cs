namespace Hull.Supervision;

/// <summary>What a supervisor knows about its container; replaced as a whole on every change (<c>status.json</c>).</summary>
/// <remarks>One writer at a time: the supervisor while it lives, the engine once it is gone.</remarks>
public sealed record TaskRecord
{
    /// <summary>The file's name in the container's directory.</summary>
    public const string FileName = "status.json";

    /// <summary>Where it stands.</summary>
    public TaskState State { get; init; }

    /// <summary>The first process as the host sees it; 0 when it does not run.</summary>
    public int Pid { get; init; }

    /// <summary>The supervisor's process; 0 when there is none.</summary>
    public int SupervisorPid { get; init; }

    /// <summary>The supervisor's start in kernel ticks, so that a reused number is not taken for it.</summary>
    public long SupervisorStart { get; init; }

    /// <summary>The boot this was written in.</summary>
    public string BootId { get; init; } = "";

    /// <summary>How it ended the last time.</summary>
    public int ExitCode { get; init; }

    /// <summary>Why it could not be started; empty when it could.</summary>
    public string Error { get; init; } = "";

    /// <summary>Whether the kernel killed a process in it for want of memory.</summary>
    public bool OutOfMemory { get; init; }

    /// <summary>When it was started the last time.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended the last time.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>How often the supervisor restarted it.</summary>
    public int RestartCount { get; init; }

    /// <summary>Whether the user stopped it, so that policies leave it alone.</summary>
    public bool StoppedByUser { get; init; }

    /// <summary>Its health; null without a check.</summary>
    public HealthRecord? Health { get; init; }
}
