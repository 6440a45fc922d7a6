namespace Hull.Cli.Commands;

/// <summary><c>hull help</c>.</summary>
internal static class HelpCommand
{
    private const int NameColumn = 18;

    internal static Command Create() => new()
    {
        Name = "help",
        Summary = "show the page of a command, or all commands",
        Usage = "[COMMAND]",
        Description = """
            'hull COMMAND --help' shows the same page. Every option of Docker's is either there or named under
            REFUSED with the reason.
            """,
        Examples = """
            hull help run
            hull help image ls
            """,
        MaxArguments = 2,
        Run = context =>
        {
            if (context.Arguments.Count == 0)
            {
                WriteOverview(context.Output);
                return Task.FromResult(0);
            }

            if (CommandTable.TryFind(context.Arguments, out Command? command, out _) && command is not null)
            {
                HelpPage.Write(context.Output, command);
                return Task.FromResult(0);
            }

            return Task.FromResult(CommandTable.Unknown(context.Arguments, context.Output, context.Error));
        },
    };

    internal static void WriteOverview(TextWriter output)
    {
        output.WriteLine("hull - one image, and whichever hull it deserves");
        output.WriteLine();
        output.WriteLine("USAGE");
        output.WriteLine("  hull [--root DIR] [--state-dir DIR] [--debug] COMMAND [OPTIONS] [ARGUMENTS]");
        foreach (string group in CommandTable.All.Select(entry => entry.Group).Distinct())
        {
            output.WriteLine();
            WriteGroup(output, group);
        }

        output.WriteLine();
        output.WriteLine("'hull help COMMAND' shows a command's page. HULL_ROOT and HULL_STATE name the directories as the options do.");
    }
    /// <summary>Writes one section of the overview: what <c>hull vm</c> and <c>hull vm --help</c> show.</summary>
    internal static void WriteGroup(TextWriter output, string group)
    {
        output.WriteLine(group.ToUpperInvariant());
        foreach ((_, string name, Func<Command> make) in CommandTable.All.Where(entry => entry.Group == group))
        {
            output.WriteLine($"  {name.PadRight(NameColumn)}{make().Summary}");
        }
    }
}
