using Hull.Linux;
using Hull.Runtime.Container;

namespace Hull.OciCli;

/// <summary>The options before the command.</summary>
internal sealed class GlobalOptions
{
    private static readonly OptionTable s_table = new(
        new("debug", null, "log every step"),
        new("log", "FILE", "append the log to a file (default: standard error)"),
        new("log-format", "FORMAT", "the log's format: text (default) or json"),
        new("root", "DIR", "where the state lies (default: /run/hull-oci)"),
        new("cgroup-manager", "NAME", "cgroupfs (default), systemd or disabled"),
        new("systemd-cgroup", null, "the same as --cgroup-manager=systemd"),
        new("rootless", "BOOL", "accepted; found out by itself"),
        new("criu", "PATH", "accepted; CRIU is looked up in PATH"));

    private static readonly OptionTable s_all = new([.. s_table.Options, new("version,v", null, "")]);

    /// <summary>Where the state lies.</summary>
    internal string Root { get; private set; } = "/run/hull-oci";

    /// <summary>Whether the caller named the state directory.</summary>
    internal bool HasOwnRoot { get; private set; }

    /// <summary>Where the log goes.</summary>
    internal LogTarget Log { get; private set; } = new(null, json: false, debug: false);

    /// <summary>The containers.</summary>
    internal ContainerRuntime Runtime => new(Root, log: Log);

    /// <summary>cgroupfs, systemd or disabled.</summary>
    internal string CgroupManager { get; private set; } = "cgroupfs";

    /// <summary>Where the command stands; -1 before it is known.</summary>
    internal int CommandIndex { get; private set; } = -1;

    /// <summary>Reads the options.</summary>
    /// <returns>The command's index; -1 when help or the version was asked and written.</returns>
    internal int Read(string[] args)
    {
        var options = Arguments.Parse(args, s_all, stopAtOperand: true);
        if (options.Has("version"))
        {
            Output.Text(HelpText.Version);
            return -1;
        }

        if (options.WantsHelp || options.Operands.Count == 0 || options.Operands[0] is "help" or "h")
        {
            Output.Text(HelpText.General(s_table));
            return -1;
        }

        CommandIndex = options.FirstOperandIndex;
        HasOwnRoot = options.Value("root") is not null;
        Root = options.Value("root") ?? DefaultRoot();
        Log = MakeLog(options);
        CgroupManager = options.Has("systemd-cgroup") ? "systemd" : options.Value("cgroup-manager") ?? "cgroupfs";
        return CgroupManager is "cgroupfs" or "systemd" or "disabled"
            ? options.FirstOperandIndex
            : throw new HullException(
                ErrorKind.InvalidArgument, $"The cgroup manager '{CgroupManager}' does not exist: use cgroupfs, systemd or disabled.");
    }

    private static LogTarget MakeLog(Arguments options)
    {
        string format = options.Value("log-format") ?? "text";
        return format is "text" or "json"
            ? new LogTarget(options.Value("log") is { Length: > 0 } log ? log : null, format == "json", options.Has("debug"))
            : throw new HullException(ErrorKind.InvalidArgument, $"The log format '{format}' does not exist: use text or json.");
    }

    private static string DefaultRoot()
    {
        // Root of an engine's user namespace is an ordinary user of the host; USER says who calls themselves root there.
        bool isRoot = KernelProcess.EffectiveUserId == 0;
        string? directory = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        if (isRoot && (string.IsNullOrEmpty(directory) || !OwnUserNamespace.IsNested || Environment.GetEnvironmentVariable("USER") == "root"))
        {
            return "/run/hull-oci";
        }

        return directory is { Length: > 0 }
            ? directory + "/hull-oci"
            : throw new HullException(ErrorKind.InvalidArgument, "Without root privileges --root or XDG_RUNTIME_DIR must say where the state lies.");
    }
}
