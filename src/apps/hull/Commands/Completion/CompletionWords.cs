namespace Hull.Cli.Commands.Completion;

/// <summary>What can stand where on the command line, for every shell.</summary>
internal static class CompletionWords
{
    internal const string Containers = "ps -a --format '{{.Names}}'";
    internal const string Images = "image ls --filter dangling=false --format '{{.Repository}}:{{.Tag}}'";
    internal const string Volumes = "volume ls -q";

    internal const string Machines = "vm ls --format '{{.Name}}'";

    private static readonly string[] s_withMachines = ["vm start", "vm stop", "vm console", "vm rm", "vm snapshot"];

    private static readonly string[] s_withImages =
        ["run", "create", "pull", "push", "tag", "image inspect", "image history", "image diff", "image rm", "image save", "rmi", "history", "save"];

    private static readonly string[] s_withVolumes = ["volume inspect", "volume rm"];

    private static readonly string[] s_withContainers =
    [
        "start", "stop", "restart", "kill", "pause", "unpause", "wait", "rm", "rename", "update", "attach", "exec", "logs", "inspect",
        "stats", "top", "cp", "diff", "export", "commit",
    ];

    /// <summary>Options whose values are few, by name.</summary>
    internal static IReadOnlyDictionary<string, string> Values { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["attach"] = "stdin stdout stderr",
        ["cgroupns"] = "private host",
        ["format"] = "json table",
        ["ipc"] = "private shareable none host",
        ["isolation"] = "container vm auto",
        ["log-driver"] = "json-file none",
        ["network"] = "none host",
        ["pull"] = "missing always never",
        ["restart"] = "no on-failure always unless-stopped",
        ["security-opt"] = "no-new-privileges seccomp=unconfined systempaths=unconfined",
        ["signal"] = "TERM KILL HUP INT QUIT USR1 USR2 STOP CONT",
        ["stop-signal"] = "TERM KILL HUP INT QUIT USR1 USR2",
        ["type"] = "container image volume",
    };

    /// <summary>First words: commands and groups.</summary>
    internal static IEnumerable<string> FirstWords => CommandTable.All.Select(entry => entry.Name.Split(' ')[0]).Concat(CommandTable.Aliases).Distinct();

    /// <summary>The groups and their second words.</summary>
    internal static IEnumerable<(string Group, string[] Words)> Groups => CommandTable.All
        .Where(entry => entry.Name.Contains(' ', StringComparison.Ordinal))
        .GroupBy(entry => entry.Name.Split(' ')[0])
        .Select(group => (group.Key, group.Select(entry => entry.Name.Split(' ')[1]).ToArray()));

    /// <summary>The command that lists what a command's arguments may be; null when nothing is known of them.</summary>
    internal static string? ListerOf(string command) =>
        s_withImages.Contains(command) ? Images
        : s_withVolumes.Contains(command) ? Volumes
        : s_withContainers.Contains(command) ? Containers
        : s_withMachines.Contains(command) ? Machines
        : null;

    /// <summary>The few words that a command's arguments may be; null when they are others.</summary>
    internal static string? WordsOf(string command) => command switch
    {
        "completion" => "bash zsh fish",
        "help" => string.Join(' ', FirstWords),
        "vm kernel" => "pull ls use rm",
        _ => null,
    };

    internal static IEnumerable<Flag> FlagsOf(Command command) => command.Flags.Where(flag => !flag.IsHidden);
}
