using Hull.Linux;

namespace Hull.Runtime;

/// <summary>The standard streams a process starts with. The caller owns the descriptors and may close them once the task is created.</summary>
public sealed record TaskStreams
{
    /// <summary>Standard input; null for <c>/dev/null</c>. Not used with a terminal.</summary>
    public FileDescriptor? Input { get; init; }

    /// <summary>Standard output; null for <c>/dev/null</c>. Not used with a terminal.</summary>
    public FileDescriptor? Output { get; init; }

    /// <summary>Standard error; null for <c>/dev/null</c>. Not used with a terminal.</summary>
    public FileDescriptor? Error { get; init; }

    /// <summary>
    /// Connected UNIX socket that receives the master of the pseudo-terminal which the runtime makes inside the container
    /// (SCM_RIGHTS, as runc's <c>--console-socket</c>); required when the process asks for a terminal.
    /// </summary>
    public FileDescriptor? Console { get; init; }

    /// <summary>Whether line feeds written to the terminal reach its master as they are, from the first byte on.</summary>
    public bool KeepsLineFeeds { get; init; }

    /// <summary>How many descriptors from 3 upward the process inherits besides its streams.</summary>
    public int PreservedDescriptors { get; init; }

    /// <summary>
    /// What becomes the process's descriptors 3, 4, …, whatever their numbers here; instead of <see cref="PreservedDescriptors"/>, and
    /// only for a process that does not wait for its start.
    /// </summary>
    public IReadOnlyList<FileDescriptor> Further { get; init; } = [];
}
