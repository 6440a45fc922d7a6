using System.Text;

namespace Hull.Cli.Commands.Completion;

/// <summary>Fish's script.</summary>
internal static class FishCompletion
{
    internal static string Write()
    {
        StringBuilder text = new("complete -c hull -f\n");
        foreach ((_, string name, Func<Command> make) in CommandTable.All)
        {
            Command command = make();
            string[] words = name.Split(' ');
            string seen = string.Join("; and ", words.Select(word => $"__fish_seen_subcommand_from {word}"));
            if (words.Length == 1)
            {
                text.Append($"complete -c hull -n __fish_use_subcommand -a {name} -d {Quote(command.Summary)}\n");
            }
            else
            {
                text.Append($"complete -c hull -n __fish_use_subcommand -a {words[0]}\n");
                text.Append($"complete -c hull -n '__fish_seen_subcommand_from {words[0]}' -a {words[1]} -d {Quote(command.Summary)}\n");
            }

            foreach (Flag flag in CompletionWords.FlagsOf(command))
            {
                string letter = flag.ShortName == '\0' ? "" : $" -s {flag.ShortName}";
                string value = flag.IsSwitch ? ""
                    : CompletionWords.Values.TryGetValue(flag.Name, out string? values) ? $" -x -a {Quote(values)}"
                    : " -r -F";
                text.Append($"complete -c hull -n '{seen}'{letter} -l {flag.Name}{value} -d {Quote(flag.Help)}\n");
            }

            if (CompletionWords.ListerOf(name) is { } lister)
            {
                text.Append($"complete -c hull -n '{seen}' -a {Quote($"(hull {lister.Replace('\'', '"')} 2>/dev/null)")}\n");
            }
        }

        return text.ToString();
    }

    private static string Quote(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
