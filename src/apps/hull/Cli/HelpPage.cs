namespace Hull.Cli;

/// <summary>Prints a command's page.</summary>
internal static class HelpPage
{
    private const int Width = 100;
    private const int Indent = 2;
    private const int OptionColumn = 34;

    internal static void Write(TextWriter output, Command command)
    {
        bool hasFlags = command.Flags.Any(flag => !flag.IsHidden);
        output.WriteLine($"hull {command.Name} - {command.Summary}");
        output.WriteLine();
        output.WriteLine("USAGE");
        output.WriteLine($"  hull {command.Name}{(hasFlags ? " [OPTIONS]" : "")}{(command.Usage.Length > 0 ? " " : "")}{command.Usage}");
        foreach (string paragraph in command.Description.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            output.WriteLine();
            Wrap(output, paragraph.ReplaceLineEndings(" "), Indent, Indent);
        }

        if (hasFlags)
        {
            output.WriteLine();
            output.WriteLine("OPTIONS");
            foreach (Flag flag in command.Flags.Where(flag => !flag.IsHidden).OrderBy(flag => flag.Name, StringComparer.Ordinal))
            {
                WriteFlag(output, flag);
            }
        }

        WriteRefused(output, command);
        if (command.Examples.Length > 0)
        {
            output.WriteLine();
            output.WriteLine("EXAMPLES");
            foreach (string line in command.Examples.Split('\n'))
            {
                output.WriteLine($"  {line}".TrimEnd());
            }
        }
    }

    private static void WriteRefused(TextWriter output, Command command)
    {
        IGrouping<string, RefusedFlag>[] refused = [.. command.Flags.OfType<RefusedFlag>().GroupBy(flag => flag.Help)];
        if (refused.Length > 0)
        {
            output.WriteLine();
            output.WriteLine("REFUSED");
        }

        foreach (IGrouping<string, RefusedFlag> reason in refused)
        {
            string names = string.Join(", ", reason.Select(flag => "--" + flag.Name).Order(StringComparer.Ordinal));
            Wrap(output, $"{names}: {reason.Key}.", Indent, Indent + Indent);
        }
    }

    private static void WriteFlag(TextWriter output, Flag flag)
    {
        string left = $"  {(flag.ShortName == '\0' ? "    " : $"-{flag.ShortName}, ")}--{flag.Name}{(flag.ValueName.Length > 0 ? " " : "")}{flag.ValueName}";
        if (left.Length >= OptionColumn - 1)
        {
            output.WriteLine(left);
            left = "";
        }

        output.Write(left.PadRight(OptionColumn));
        Wrap(output, flag.Help, 0, OptionColumn);
    }

    private static void Wrap(TextWriter output, string text, int firstIndent, int indent)
    {
        int column = firstIndent == 0 ? indent : firstIndent;
        output.Write(new string(' ', firstIndent));
        bool lineIsEmpty = true;
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!lineIsEmpty && column + 1 + word.Length > Width)
            {
                output.WriteLine();
                output.Write(new string(' ', indent));
                column = indent;
                lineIsEmpty = true;
            }

            output.Write(lineIsEmpty ? word : " " + word);
            column += word.Length + (lineIsEmpty ? 0 : 1);
            lineIsEmpty = false;
        }

        output.WriteLine();
    }
}
