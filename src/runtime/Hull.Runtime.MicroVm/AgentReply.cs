namespace Hull.Runtime.MicroVm;

/// <summary>An answer of the guest's agent: it was done, it failed, or a process ended.</summary>
public sealed record AgentReply
{
    private const int MaxFailure = 2000;
    private const int MaxCode = 255;
    private const int MaxSignal = 64;

    /// <summary>Why it failed; null when it did not.</summary>
    public string? Failure { get; init; }

    /// <summary>The kind of failure.</summary>
    public ErrorKind Kind { get; init; }

    /// <summary>Whether it is the program that cannot be executed.</summary>
    public bool IsProgram { get; init; }

    /// <summary>How the process ended; null while it runs.</summary>
    public AgentExit? Exit { get; init; }

    /// <summary>What the container uses, where that was asked, and at its end.</summary>
    public TaskStatistics? Statistics { get; init; }

    /// <summary>Processes, where those were asked; none when there are no more.</summary>
    public IReadOnlyList<TaskProcess>? Processes { get; init; }

    /// <summary>What the entry of files that arrive is to be called; null when that was not asked.</summary>
    public byte[]? EntryName { get; init; }

    /// <summary>The same as far as the host may use it: the words are the guest's, and may be anything.</summary>
    /// <exception cref="HullException">It says what cannot be.</exception>
    public AgentReply Checked()
    {
        bool isPossible = Exit is null or { Code: >= 0 and <= MaxCode, Signal: >= 0 and <= MaxSignal };
        foreach (TaskProcess? process in Processes ?? [])
        {
            isPossible &= process is { Command: not null };
        }

        return !isPossible
            ? throw new HullException(ErrorKind.DataLoss, "The guest gave an impossible answer.")
            : Failure is null ? this
            : this with { Failure = PlainText.Of(Failure, MaxFailure), Kind = Enum.IsDefined(Kind) ? Kind : ErrorKind.Internal };
    }

    /// <summary>The failure as an exception.</summary>
    public HullException ToException() => IsProgram
        ? new ProgramException(Kind, Failure ?? "")
        : new HullException(Kind, Failure ?? "");

    /// <summary>A failure as an answer.</summary>
    public static AgentReply Of(HullException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new AgentReply { Failure = error.Message, Kind = error.Kind, IsProgram = error is ProgramException };
    }
}
