using Hull.Runtime.Container.Checkpoint;

namespace Hull.OciCli.Commands;

/// <summary>The options that checkpoint and restore have in common.</summary>
internal static class CriuArguments
{
    /// <summary>They.</summary>
    internal static Option[] Options { get; } =
    [
        new("image-path", "DIR", "the image (default: checkpoint)"),
        new("work-path", "DIR", "CRIU's log and statistics (default: the image)"),
        new("tcp-established", null, "with open TCP connections"),
        new("ext-unix-sk", null, "with unix sockets that have a peer outside"),
        new("shell-job", null, "with a session or terminal of somebody outside"),
        new("lazy-pages", null, "not supported"),
        new("file-locks", null, "with file locks"),
        new("manage-cgroups-mode", "MODE", "soft (default), full, strict or ignore"),
        new("empty-ns", "NAME", "leave the content of a namespace out: network"),
        new("auto-dedup", null, "remove pages from an image that a later one has"),
    ];

    /// <summary>Where the image lies.</summary>
    internal static string ImageDirectory(Arguments options) => Path.GetFullPath(options.Value("image-path") ?? "checkpoint");

    /// <summary>Where the log goes; null for beside the image.</summary>
    internal static string? WorkDirectory(Arguments options) =>
        options.Value("work-path") is { Length: > 0 } path ? Path.GetFullPath(path) : null;

    /// <summary>What CRIU does about cgroups.</summary>
    internal static CriuCgroupMode CgroupMode(Arguments options) => (options.Value("manage-cgroups-mode") ?? "soft") switch
    {
        "soft" => CriuCgroupMode.Soft,
        "full" => CriuCgroupMode.Full,
        "strict" => CriuCgroupMode.Strict,
        "ignore" => CriuCgroupMode.Ignore,
        string mode => throw new HullException(
            ErrorKind.InvalidArgument, $"Invalid manage-cgroups-mode value '{mode}': use soft, full, strict or ignore."),
    };

    /// <summary>Whether the network namespace is left empty.</summary>
    internal static bool EmptyNetwork(Arguments options)
    {
        foreach (string name in options.Values("empty-ns"))
        {
            if (name != "network")
            {
                throw new HullException(ErrorKind.InvalidArgument, $"The namespace '{name}' cannot be left empty: only network can.");
            }
        }

        return options.Value("empty-ns") is not null;
    }

    /// <summary>Refuses what is not supported.</summary>
    internal static void RefuseLazyPages(Arguments options)
    {
        if (options.Has("lazy-pages"))
        {
            throw new HullException(ErrorKind.Unimplemented, "Pages cannot be fetched late: leave out --lazy-pages.");
        }
    }
}
