namespace Hull.Runtime;

/// <summary>The program of a container or of a further process cannot be executed; nothing else was wrong.</summary>
/// <remarks>Docker's exit codes tell the two apart: 127 the program does not exist, 126 it cannot be executed.</remarks>
public sealed class ProgramException : HullException
{
    private const int NotFound = 127;
    private const int NotExecutable = 126;

    /// <summary>Creates the failure.</summary>
    /// <param name="kind"><see cref="ErrorKind.NotFound"/> when there is no such program.</param>
    /// <param name="message">One sentence.</param>
    public ProgramException(ErrorKind kind, string message)
        : base(kind, message)
    {
    }

    /// <summary>The exit code that Docker's command line has for it.</summary>
    public int ExitCode => Kind == ErrorKind.NotFound ? NotFound : NotExecutable;
}
