namespace Hull.Linux;

/// <summary>A program to start with <see cref="Launcher"/>.</summary>
public sealed record LaunchRequest
{
    /// <summary>The program; absolute, no search.</summary>
    public required string Path { get; init; }

    /// <summary>Its arguments, the program's own name first.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Its environment as <c>NAME=value</c>; null for a copy of this process's.</summary>
    public IReadOnlyList<string>? Environment { get; init; }

    /// <summary>What becomes its descriptors 0, 1, 2, 3, …; every other descriptor stays closed for it.</summary>
    public required IReadOnlyList<FileDescriptor> Descriptors { get; init; }

    /// <summary>Signals blocked in it from its first instruction; every signal has its default disposition.</summary>
    public IReadOnlyList<Signal> BlockedSignals { get; init; } = [];

    /// <summary>Whether it leads a new session, out of reach of the terminal's signals.</summary>
    public bool NewSession { get; init; }
}
