namespace Hull.Cli;

/// <summary>One command: its options, its help, and what it does.</summary>
internal sealed class Command
{
    /// <summary>The words that call it: <c>image ls</c>.</summary>
    internal required string Name { get; init; }

    /// <summary>One line for lists of commands.</summary>
    internal required string Summary { get; init; }

    /// <summary>What follows the options: <c>IMAGE [COMMAND] [ARG...]</c>.</summary>
    internal string Usage { get; init; } = "";

    /// <summary>Paragraphs for the help page.</summary>
    internal string Description { get; init; } = "";

    /// <summary>Lines that show how it is used.</summary>
    internal string Examples { get; init; } = "";

    internal IReadOnlyList<Flag> Flags { get; init; } = [];

    /// <summary>Fewest arguments besides options.</summary>
    internal int MinArguments { get; init; }

    /// <summary>Most arguments besides options.</summary>
    internal int MaxArguments { get; init; } = int.MaxValue;

    /// <summary>Whether options end at the first argument, which belongs to another program from there on.</summary>
    internal bool StopsAtFirstArgument { get; init; }

    /// <summary>The exit code of a failure of Hull's: 125 where another program's codes pass through.</summary>
    internal int FailureCode { get; init; } = 1;

    internal required Func<CommandContext, Task<int>> Run { get; init; }
}
