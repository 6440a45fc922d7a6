using System.Text;

namespace Hull.Cli.Commands.Completion;

/// <summary>Fish's script: one function that finds the command on the line, and a row for each word that may follow it.</summary>
internal static class FishCompletion
{
    internal static string Write()
    {
        StringBuilder text = new(Finder());
        Dictionary<string, string> summaries = CommandTable.All.ToDictionary(entry => entry.Name, entry => entry.Make().Summary, StringComparer.Ordinal);
        foreach (string word in CompletionWords.FirstWords.Append("container"))
        {
            string name = CommandTable.AliasPairs.GetValueOrDefault(word, word);
            text.Append($"complete -c hull -n '__hull_at \"\"' -a {word} -d {Quote(summaries.GetValueOrDefault(name, $"more about {word}s"))}\n");
        }

        text.Append("complete -c hull -n '__hull_at \"\"' -l root -r -a '(__fish_complete_directories)' -d 'Where Hull keeps things.'\n");
        text.Append("complete -c hull -n '__hull_at \"\"' -l state-dir -r -a '(__fish_complete_directories)' -d 'Where Hull keeps what a boot clears.'\n");
        foreach ((string group, string[] words) in CompletionWords.Groups)
        {
            foreach (string word in words)
            {
                text.Append($"complete -c hull -n '__hull_at {group}' -a {word} -d {Quote(summaries[$"{group} {word}"])}\n");
            }
        }

        foreach ((_, string name, Func<Command> make) in CommandTable.All)
        {
            WriteCommand(text, name, make());
        }

        return text.ToString();
    }

    private static void WriteCommand(StringBuilder text, string name, Command command)
    {
        string condition = $"-n '__hull_at \"{name}\"'";
        foreach (Flag flag in CompletionWords.FlagsOf(command))
        {
            string letter = flag.ShortName == '\0' ? "" : $" -s {flag.ShortName}";
            string value = flag.IsSwitch ? ""
                : CompletionWords.Values.TryGetValue(flag.Name, out string? values) ? $" -x -a {Quote(values)}"
                : " -r -F";
            text.Append($"complete -c hull {condition}{letter} -l {flag.Name}{value} -d {Quote(flag.Help)}\n");
        }

        if (CompletionWords.WordsOf(name) is { } few)
        {
            text.Append($"complete -c hull {condition} -a {Quote(few)}\n");
        }
        else if (CompletionWords.ListerOf(name) is { } lister)
        {
            text.Append($"complete -c hull {condition} -a {Quote($"(hull {lister.Replace('\'', '"')} 2>/dev/null)")}\n");
        }
    }

    // Says whether the words before the cursor call a command: by its name, a group's alone, or nothing yet.
    private static string Finder()
    {
        string groups = string.Join(' ', CompletionWords.Groups.Select(group => group.Group));
        string aliases = string.Concat(CommandTable.AliasPairs.Select(pair => $"            case {pair.Key}\n                set found {pair.Value}\n"));
        return $$"""
            complete -c hull -f
            function __hull_at
                set -l words (commandline -opc)
                set -e words[1]
                set -l found
                while set -q words[1]
                    switch $words[1]
                        case --root --state-dir
                            set -e words[1]
                        case '-*'
                        case container
                            set -q found[1]; and set -a found $words[1]
                        case '*'
                            set -a found $words[1]
                    end
                    set -e words[1]
                    if set -q found[1]
                        contains -- $found[1] {{groups}}; or break
                        set -q found[2]; and break
                    end
                end
                if test (count $found) -eq 1
                    switch $found[1]
            {{aliases}}        end
                end
                test "$found" = "$argv[1]"
            end

            """.ReplaceLineEndings("\n");
    }

    private static string Quote(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
