using Hull.Cli.Commands;
using Hull.Cli.Commands.Completion;
using Hull.Cli.Commands.Images;

namespace Hull.Cli;

/// <summary>All commands by the words that call them; only the one that is called is built.</summary>
internal static class CommandTable
{
    private const int UnknownCommand = 125;

    /// <summary>The names in the order of the help page, with the groups of it.</summary>
    internal static IReadOnlyList<(string Group, string Name, Func<Command> Make)> All { get; } =
    [
        ("Containers", "run", RunCommand.Create),
        ("Containers", "create", CreateCommand.Create),
        ("Containers", "start", StartCommand.Create),
        ("Containers", "stop", SteerCommands.Stop),
        ("Containers", "restart", SteerCommands.Restart),
        ("Containers", "kill", SteerCommands.Kill),
        ("Containers", "pause", SteerCommands.Pause),
        ("Containers", "unpause", SteerCommands.Unpause),
        ("Containers", "wait", SteerCommands.Wait),
        ("Containers", "rm", SteerCommands.Remove),
        ("Containers", "rename", SteerCommands.Rename),
        ("Containers", "update", SteerCommands.Update),
        ("Containers", "attach", AttachCommand.Create),
        ("Containers", "exec", ExecCommand.Create),
        ("Containers", "ps", PsCommand.Create),
        ("Containers", "logs", LogsCommand.Create),
        ("Containers", "inspect", InspectCommand.Create),
        ("Containers", "stats", StatsCommand.Create),
        ("Containers", "top", TopCommand.Create),
        ("Containers", "cp", CopyCommand.Create),
        ("Containers", "diff", RootCommands.Diff),
        ("Containers", "export", RootCommands.Export),
        ("Containers", "commit", RootCommands.Commit),
        ("Containers", "prune", SystemCommands.ContainerPrune),
        ("Images", "pull", PullCommand.Create),
        ("Images", "push", PushCommand.Create),
        ("Images", "tag", ImageCommands.Tag),
        ("Images", "login", LoginCommands.Login),
        ("Images", "logout", LoginCommands.Logout),
        ("Images", "image ls", ImageListCommand.Create),
        ("Images", "image inspect", ImageCommands.Inspect),
        ("Images", "image history", ImageCommands.History),
        ("Images", "image diff", RootCommands.ImageDiff),
        ("Images", "image rm", ImageCommands.Remove),
        ("Images", "image prune", ImageCommands.Prune),
        ("Images", "image import", MakeImageCommands.Import),
        ("Images", "image save", RootCommands.Save),
        ("Images", "image load", RootCommands.Load),
        ("Images", "image bootstrap", MakeImageCommands.Bootstrap),
        ("Machines", "vm run", VmCommands.Run),
        ("Machines", "vm create", VmLifeCommands.Create),
        ("Machines", "vm start", VmLifeCommands.Start),
        ("Machines", "vm stop", VmLifeCommands.Stop),
        ("Machines", "vm console", VmLifeCommands.Console),
        ("Machines", "vm ls", VmLifeCommands.List),
        ("Machines", "vm rm", VmLifeCommands.Remove),
        ("Machines", "vm snapshot", VmLifeCommands.Snapshot),
        ("Machines", "vm restore", VmLifeCommands.Restore),
        ("Machines", "vm kernel", KernelCommand.Create),
        ("Volumes", "volume create", VolumeCommands.Create),
        ("Volumes", "volume ls", VolumeCommands.List),
        ("Volumes", "volume inspect", VolumeCommands.Inspect),
        ("Volumes", "volume rm", VolumeCommands.Remove),
        ("Volumes", "volume prune", VolumeCommands.Prune),
        ("System", "events", EventsCommand.Create),
        ("System", "info", InfoCommand.Create),
        ("System", "system boot", BootCommand.Create),
        ("System", "system df", DiskUsageCommand.Create),
        ("System", "system prune", SystemCommands.Prune),
        ("Help", "completion", CompletionCommand.Create),
        ("Help", "version", VersionCommand.Create),
        ("Help", "help", HelpCommand.Create),
    ];

    private static readonly Dictionary<string, string> s_aliases = new(StringComparer.Ordinal)
    {
        ["list"] = "ps",
        ["remove"] = "rm",
        ["images"] = "image ls",
        ["rmi"] = "image rm",
        ["history"] = "image history",
        ["import"] = "image import",
        ["save"] = "image save",
        ["load"] = "image load",
    };

    // Docker's commands that Hull does not have, and what to do instead.
    private static readonly Dictionary<string, string> s_notHere = new(StringComparer.Ordinal)
    {
        ["build"] = "use 'hull image bootstrap', 'hull image import' or 'hull commit'",
        ["builder"] = "nothing is built here yet",
        ["buildx"] = "nothing is built here yet",
        ["checkpoint"] = "'hull-oci checkpoint' has it",
        ["compose"] = "start each container with 'hull run'",
        ["context"] = "there is no daemon; choose directories with --root and --state-dir",
        ["manifest"] = "'hull pull --platform' chooses of an index",
        ["network"] = "networks are none, host and container:NAME",
        ["node"] = "there are no clusters",
        ["plugin"] = "there are no plugins",
        ["port"] = "ports cannot be published yet; use '--network host'",
        ["search"] = "registries are asked for images by name only",
        ["secret"] = "there are no clusters",
        ["service"] = "there are no clusters",
        ["stack"] = "there are no clusters",
        ["swarm"] = "there are no clusters",
        ["trust"] = "every byte is held to its digest; signatures are not checked",
    };

    /// <summary>The short names, and what they are short for.</summary>
    internal static IReadOnlyDictionary<string, string> AliasPairs => s_aliases;

    /// <summary>The short names.</summary>
    internal static IEnumerable<string> Aliases => s_aliases.Keys;

    internal static bool TryFind(IReadOnlyList<string> words, out Command? command, out int used)
    {
        command = null;
        used = 0;
        if (words.Count == 0)
        {
            return false;
        }

        string first = words[0];
        if (first is "--help" or "-h")
        {
            first = "help";
        }
        else if (first is "--version" or "-v")
        {
            first = "version";
        }

        // "hull container ls" is "hull ls", as with Docker.
        int skip = words.Count > 1 && (first == "container" || (first == "image" && words[1] is "pull" or "push" or "tag")) ? 1 : 0;
        string word = skip == 1 ? words[1] : first;
        word = s_aliases.GetValueOrDefault(word, word == "ls" && skip == 1 ? "ps" : word);
        string two = words.Count > skip + 1 ? $"{word} {words[skip + 1]}" : "";
        foreach ((_, string name, Func<Command> make) in All)
        {
            if (name == two || name == word)
            {
                command = make();
                used = skip + (name == two ? 2 : 1);
                return true;
            }
        }

        return false;
    }

    internal static int Unknown(IReadOnlyList<string> words, TextWriter output, TextWriter error)
    {
        if (words.Count == 0)
        {
            HelpCommand.WriteOverview(output);
            return 0;
        }

        if (words[0].StartsWith('-'))
        {
            Printable.Complain(error, $"The option '{words[0]}' is not known; before the command stand --root, --state-dir and --debug, see 'hull help'.");
            return UnknownCommand;
        }

        string[] group = [.. All.Select(entry => entry.Name).Where(name => name.StartsWith(words[0] + " ", StringComparison.Ordinal))];
        string? section = words[0] == "container" ? All[0].Group : All.FirstOrDefault(entry => group.Contains(entry.Name)).Group;
        if (section is not null && (words.Count == 1 || words[1] is "--help" or "-h"))
        {
            HelpCommand.WriteGroup(output, section);
            return 0;
        }

        if (words[0] == "container")
        {
            return Unknown([.. words.Skip(1)], output, error);
        }

        if (group.Length > 0)
        {
            string near = words.Count > 1 ? Suggestion.For($"{words[0]} {words[1]}", group) : "";
            Printable.Complain(error, $"'{string.Join(' ', words.Take(2))}' is not a command: use {string.Join(", ", group)}.{near}");
            return UnknownCommand;
        }

        if (s_notHere.TryGetValue(words[0], out string? instead))
        {
            Printable.Complain(error, $"'{words[0]}' is a command of Docker's that Hull does not have: {instead}.");
            return UnknownCommand;
        }

        IEnumerable<string> known = All.Select(entry => entry.Name.Split(' ')[0]).Concat(s_aliases.Keys).Distinct();
        Printable.Complain(error, $"'{words[0]}' is not a command; see 'hull help'.{Suggestion.For(words[0], known)}");
        return UnknownCommand;
    }
}
