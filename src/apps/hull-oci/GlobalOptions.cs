using Hull.Linux;

namespace Hull.OciCli;

/// <summary>The options before the command.</summary>
internal sealed class GlobalOptions
{
    private static readonly OptionTable s_table = new(
        ["debug", "systemd-cgroup", "help", "version", "h", "v"],
        ["root", "log", "log-format", "criu", "rootless", "cgroup-manager"]);

    /// <summary>Where the state lies.</summary>
    internal string Root { get; private set; } = "/run/hull-oci";

    /// <summary>Whether the caller named the state directory.</summary>
    internal bool HasOwnRoot { get; private set; }

    /// <summary>The log's path; null for none.</summary>
    internal string? Log { get; private set; }

    /// <summary>Whether log lines are JSON.</summary>
    internal bool LogsJson { get; private set; }

    /// <summary>cgroupfs, systemd or disabled.</summary>
    internal string CgroupManager { get; private set; } = "cgroupfs";

    /// <summary>Where the command stands; -1 before it is known.</summary>
    internal int CommandIndex { get; private set; } = -1;

    /// <summary>Reads the options.</summary>
    /// <returns>The command's index; -1 when help or the version was asked and written.</returns>
    internal int Read(string[] args)
    {
        Arguments options = Arguments.Parse(args, s_table, stopAtOperand: true);
        if (options.Has("version") || options.Has("v"))
        {
            Output.Text(HelpText.Version);
            return -1;
        }

        if (options.Has("help") || options.Has("h") || options.Operands.Count == 0 || options.Operands[0] == "help")
        {
            Output.Text(HelpText.General);
            return -1;
        }

        CommandIndex = options.FirstOperandIndex;
        HasOwnRoot = options.Value("root") is not null;
        Root = options.Value("root") ?? DefaultRoot();
        Log = options.Value("log") is { Length: > 0 } log ? log : null;
        LogsJson = options.Value("log-format") is "json";
        CgroupManager = options.Has("systemd-cgroup") ? "systemd" : options.Value("cgroup-manager") ?? "cgroupfs";
        return CgroupManager is "cgroupfs" or "systemd" or "disabled"
            ? options.FirstOperandIndex
            : throw new HullException(
                ErrorKind.InvalidArgument, $"The cgroup manager '{CgroupManager}' does not exist: use cgroupfs, systemd or disabled.");
    }

    private static string DefaultRoot()
    {
        if (KernelProcess.EffectiveUserId == 0)
        {
            return "/run/hull-oci";
        }

        return Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } directory
            ? directory + "/hull-oci"
            : throw new HullException(ErrorKind.InvalidArgument, "Without root privileges --root or XDG_RUNTIME_DIR must say where the state lies.");
    }
}
