namespace Hull.Cli;

/// <summary>Reads a command's options the way Docker's command line does.</summary>
/// <remarks>
/// <c>--name value</c>, <c>--name=value</c>, <c>-n value</c>, <c>-nvalue</c>, <c>-it</c>, <c>--</c>. Where another program's
/// command line follows, options end at the first argument: <c>run IMAGE ls -l</c> leaves <c>-l</c> to ls.
/// </remarks>
internal static class CommandParser
{
    internal static List<string> Parse(Command command, ReadOnlySpan<string> words)
    {
        List<string> arguments = [];
        for (int i = 0; i < words.Length; i++)
        {
            string word = words[i];
            if (word == "--")
            {
                arguments.AddRange(words[(i + 1)..]);
                break;
            }

            if (word.Length < 2 || word[0] != '-')
            {
                if (command.StopsAtFirstArgument)
                {
                    arguments.AddRange(words[i..]);
                    break;
                }

                arguments.Add(word);
                continue;
            }

            i += word[1] == '-' ? TakeLong(command, words, i) : TakeShort(command, words, i);
        }

        CheckCount(command, arguments.Count);
        return arguments;
    }

    /// <summary>Takes <c>--name</c>.</summary>
    /// <returns>How many following words were used.</returns>
    private static int TakeLong(Command command, ReadOnlySpan<string> words, int at)
    {
        string word = words[at][2..];
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? word : word[..equals];
        Flag flag = command.Flags.FirstOrDefault(one => one.Name == name)
            ?? throw new UsageException($"The option '--{name}' is not known; see 'hull help {command.Name}'.{Near(command, name)}");
        if (equals >= 0)
        {
            flag.Take(word[(equals + 1)..]);
            return 0;
        }

        if (flag.IsSwitch)
        {
            flag.Take("");
            return 0;
        }

        flag.Take(ValueAfter(words, at, $"--{name}"));
        return 1;
    }

    private static string Near(Command command, string name) =>
        Suggestion.For("--" + name, command.Flags.Where(flag => !flag.IsHidden).Select(flag => "--" + flag.Name));

    private static int TakeShort(Command command, ReadOnlySpan<string> words, int at)
    {
        string word = words[at];
        for (int i = 1; i < word.Length; i++)
        {
            char name = word[i];
            Flag flag = command.Flags.FirstOrDefault(one => one.ShortName == name)
                ?? throw new UsageException($"The option '-{name}' is not known; see 'hull help {command.Name}'.");
            string rest = word[(i + 1)..];
            if (flag.IsSwitch)
            {
                if (rest.StartsWith('='))
                {
                    flag.Take(rest[1..]);
                    return 0;
                }

                flag.Take("");
                continue;
            }

            if (rest.Length > 0)
            {
                flag.Take(rest.StartsWith('=') ? rest[1..] : rest);
                return 0;
            }

            flag.Take(ValueAfter(words, at, $"-{name}"));
            return 1;
        }

        return 0;
    }

    private static string ValueAfter(ReadOnlySpan<string> words, int at, string name) => at + 1 < words.Length
        ? words[at + 1]
        : throw new UsageException($"The option '{name}' needs a value.");

    private static void CheckCount(Command command, int count)
    {
        if (count < command.MinArguments)
        {
            throw new UsageException(
                $"'hull {command.Name}' needs at least {command.MinArguments} argument{(command.MinArguments == 1 ? "" : "s")}: hull {command.Name} {command.Usage}");
        }

        if (count > command.MaxArguments)
        {
            throw new UsageException(command.MaxArguments == 0
                ? $"'hull {command.Name}' takes no arguments; see 'hull help {command.Name}'."
                : $"'hull {command.Name}' takes at most {command.MaxArguments} argument{(command.MaxArguments == 1 ? "" : "s")}: hull {command.Name} {command.Usage}");
        }
    }
}
