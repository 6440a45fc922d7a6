using Hull.Linux;

namespace Hull.Runtime.Container.Spawn;

/// <summary>A step of a spawn plan failed: the process was not started.</summary>
public sealed class StepException : HullException
{
    /// <summary>Creates the failure.</summary>
    /// <param name="subject">What the step worked on, as the beginning of a sentence.</param>
    /// <param name="call">The system call.</param>
    /// <param name="error">What it answered.</param>
    public StepException(string subject, string call, Errno error)
        : base(LinuxException.KindOf(error), $"{subject} failed: {call}: {LinuxException.ReasonOf(error)}.")
    {
        Subject = subject;
        Call = call;
        Error = error;
    }

    /// <summary>What the step worked on: <c>The mount '/proc' of type 'proc'</c>.</summary>
    public string Subject { get; }

    /// <summary>The system call that failed.</summary>
    public string Call { get; }

    /// <summary>What it answered.</summary>
    public Errno Error { get; }
}
