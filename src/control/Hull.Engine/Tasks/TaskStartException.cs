namespace Hull.Engine.Tasks;

/// <summary>A supervisor could not do what it was asked.</summary>
public sealed class TaskStartException : HullException
{
    /// <summary>Creates the failure.</summary>
    public TaskStartException(ErrorKind kind, int exitCode, string message)
        : base(kind, message) => ExitCode = exitCode;

    /// <summary>Docker's exit code for it: 127 the program is missing, 126 it cannot be executed, 125 anything else about a start.</summary>
    public int ExitCode { get; }
}
