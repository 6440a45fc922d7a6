using Hull.Engine.Containers;
using Hull.Engine.Settings;

namespace Hull.Cli.Commands;

/// <summary>The options <c>run</c> and <c>create</c> share, and the settings they come to.</summary>
internal sealed partial class RunFlags
{
    private readonly TextFlag _name = new("name", '\0', "NAME", "Name of the container; made up without it.");
    private readonly SwitchFlag _interactive = new("interactive", 'i', "Keep standard input open.");
    private readonly SwitchFlag _tty = new("tty", 't', "Give the container a terminal.");
    private readonly SwitchFlag _remove = new("rm", '\0', "Remove the container and its anonymous volumes when it ends.");
    private readonly ListFlag _env = new("env", 'e', "NAME[=VALUE]", "Set an environment variable; without a value, pass this one on.");
    private readonly ListFlag _envFile = new("env-file", '\0', "FILE", "Read environment variables from a file, one a line.");
    private readonly ListFlag _volume = new("volume", 'v', "[SRC:]DST[:OPT]", "Mount a host path (made when missing) or a named volume; options ro, rw, nocopy, rslave ….");
    private readonly ListFlag _mount = new("mount", '\0', "type=…,…", "Mount with named fields: type=bind|volume|tmpfs, source, target, readonly, ….");
    private readonly ListFlag _tmpfs = new("tmpfs", '\0', "DST[:OPT]", "Mount memory at a path; options size=64m, mode=1777, exec ….");
    private readonly ListFlag _volumesFrom = new("volumes-from", '\0', "CONTAINER", "Mount the volumes of another container; append :ro for read-only.");
    private readonly TextFlag _workdir = new("workdir", 'w', "DIR", "Working directory.");
    private readonly TextFlag _user = new("user", 'u', "USER[:GROUP]", "User and group, names of the image or numbers.");
    private readonly ListFlag _groupAdd = new("group-add", '\0', "GROUP", "One more group.");
    private readonly TextFlag _entrypoint = new("entrypoint", '\0', "PROGRAM", "Program in place of the image's entry point; empty for none.");
    private readonly TextFlag _hostname = new("hostname", 'h', "NAME", "Host name; the beginning of the identifier without it.");
    private readonly TextFlag _domainname = new("domainname", '\0', "NAME", "NIS domain name.");
    private readonly ListFlag _label = new("label", 'l', "NAME=VALUE", "Set a label.");
    private readonly ListFlag _labelFile = new("label-file", '\0', "FILE", "Read labels from a file, one a line.");
    private readonly ListFlag _annotation = new("annotation", '\0', "NAME=VALUE", "Set an OCI annotation.");
    private readonly TextFlag _restart = new("restart", '\0', "POLICY", "When to start again: no, on-failure[:N], always, unless-stopped.");
    private readonly TextFlag _stopSignal = new("stop-signal", '\0', "SIGNAL", "Signal that asks the program to end.");
    private readonly NumberFlag _stopTimeout = new("stop-timeout", '\0', "SECONDS", "Seconds until it is killed; -1 for never.");
    private readonly TextFlag _healthCmd = new("health-cmd", '\0', "COMMAND", "Shell command that tells whether the program is well.");
    private readonly TextFlag _healthInterval = new("health-interval", '\0', "TIME", "Time between two checks (30s).");
    private readonly TextFlag _healthTimeout = new("health-timeout", '\0', "TIME", "Longest time of a check (30s).");
    private readonly TextFlag _healthStart = new("health-start-period", '\0', "TIME", "Time after the start in which failures do not count (0s).");
    private readonly TextFlag _healthStartInterval = new("health-start-interval", '\0', "TIME", "Time between checks in the start period (5s).");
    private readonly NumberFlag _healthRetries = new("health-retries", '\0', "N", "Failed checks in a row until it is unhealthy (3).");
    private readonly SwitchFlag _noHealth = new("no-healthcheck", '\0', "Do not use the image's health check.");
    private readonly SwitchFlag _init = new("init", '\0', "Run a small init first that forwards signals and reaps orphans.");
    private readonly TextFlag _systemd = new(
        "systemd", '\0', "WHEN", "Give an init what it needs: true (when the program is one by name), always, false.");
    private readonly TextFlag _platform = new("platform", '\0', "OS/ARCH", "Platform of the image.");
    private readonly TextFlag _pull = new("pull", '\0', "WHEN", "Fetch the image: missing, always, never.");
    private readonly SwitchFlag _quiet = new("quiet", 'q', "Do not show the progress of a pull.");
    private readonly TextFlag _logDriver = new("log-driver", '\0', "DRIVER", "Where output is kept: json-file or none.");
    private readonly ListFlag _logOpt = new("log-opt", '\0', "NAME=VALUE", "Option of the driver: max-size=10m, max-file=3.");
    private readonly TextFlag _cidfile = new("cidfile", '\0', "FILE", "Write the identifier to a file that does not exist yet.");
    private readonly TextFlag _isolation = new("isolation", '\0', "HULL", "Kind of hull: container, vm (a machine of its own) or auto.");
    private readonly TextFlag _vmKernel = new("vm-kernel", '\0', "KERNEL", "Guest kernel of --isolation vm: suite or version as 'hull vm kernel ls' shows them, or a path.");
    private readonly TextFlag _vmRoot = new("vm-root", '\0', "HOW", "Root of --isolation vm: share (the host's files) or block (a disk made from the image); share.");
    private readonly TextFlag _vmBootTimeout = new("vm-boot-timeout", '\0', "TIME", "Longest time until the guest of --isolation vm has booted; 0 for no limit (2m).");
    private readonly ListFlag _device = new("device", '\0', "HOST[:IN[:rwm]]", "Give the container a device of the host.");
    private readonly TextFlag _shmSize = new("shm-size", '\0', "SIZE", "Size of /dev/shm (64m).");
    private readonly ListFlag _publish = new("publish", 'p', "PORTS", "Publish ports: not supported yet, there is no bridge network.");
    private readonly SwitchFlag _publishAll = new("publish-all", 'P', "Publish all ports: not supported yet.");
    private readonly ListFlag _expose = new("expose", '\0', "PORT", "Note in the container's record that the program listens on a port: PORT[/tcp|udp|sctp] or FIRST-LAST.");

    internal string? CidFile => _cidfile.Value;

    internal bool Terminal => _tty.Value;

    internal bool Interactive => _interactive.Value;

    internal bool IsQuiet => _quiet.Value;

    /// <summary>All of them, with some of the command's own.</summary>
    internal IReadOnlyList<Flag> With(params ReadOnlySpan<Flag> own) =>
    [
        _name, _interactive, _tty, _remove, _env, _envFile, _volume, _mount, _tmpfs, _volumesFrom, _workdir, _user, _groupAdd,
        _entrypoint, _hostname, _domainname, _label, _labelFile, _annotation, _restart, _stopSignal, _stopTimeout, _healthCmd,
        _healthInterval, _healthTimeout, _healthStart, _healthStartInterval, _healthRetries, _noHealth, _init, _systemd, _platform, _pull,
        _quiet, _logDriver, _logOpt, _cidfile, _isolation, _vmKernel, _vmRoot, _vmBootTimeout, _device, _shmSize, _publish, _publishAll, _expose,
        .. LimitFlags, .. SecurityFlags, .. NamespaceFlags, .. RefusedFlags.OfContainer, .. own,
    ];

    /// <summary>What the options and arguments ask for.</summary>
    internal CreateRequest ToRequest(IReadOnlyList<string> arguments, bool attached)
    {
        if (_publish.IsSet || _publishAll.Value)
        {
            throw new HullException(
                ErrorKind.Unimplemented, "Ports cannot be published yet: there is no bridge network; use '--network host'.");
        }

        if (_remove.Value && _restart.Value is { } policy && policy != "no")
        {
            throw new UsageException("--rm and --restart exclude each other.");
        }

        return new CreateRequest
        {
            Image = arguments[0],
            Name = _name.Value,
            Platform = _platform.Value,
            Pull = _pull.Value switch
            {
                null or "missing" => PullPolicy.Missing,
                "always" => PullPolicy.Always,
                "never" => PullPolicy.Never,
                _ => throw new UsageException($"'{_pull.Value}' is not a time to pull: use missing, always or never."),
            },
            Settings = ToSettings(arguments, attached),
        };
    }

    private ContainerSettings ToSettings(IReadOnlyList<string> arguments, bool attached) => new()
    {
        Hostname = _hostname.Value,
        Domainname = _domainname.Value,
        User = _user.Value,
        Groups = _groupAdd.Values,
        Environment = Pairs.Environment(_envFile.Values, _env.Values),
        Command = arguments.Count > 1 ? [.. arguments.Skip(1)] : null,
        Entrypoint = _entrypoint.Value is { } program ? (program.Length == 0 ? [] : [program]) : null,
        WorkingDirectory = _workdir.Value is { } directory && !directory.StartsWith('/')
            ? throw new UsageException($"The working directory '{directory}' is not an absolute path.")
            : _workdir.Value,
        Labels = Pairs.Read([.. _labelFile.Values.SelectMany(Pairs.Lines), .. _label.Values]),
        Annotations = Pairs.Read(_annotation.Values),
        Terminal = _tty.Value,
        OpenInput = _interactive.Value,
        InputOnce = _interactive.Value && attached,
        StopSignal = _stopSignal.Value is { } signal && !Linux.Signal.TryParse(signal, out _)
            ? throw new UsageException($"'{signal}' is not a signal.")
            : _stopSignal.Value,
        StopTimeoutSeconds = (int?)_stopTimeout.Value,
        Health = ReadHealth(),
        AutoRemove = _remove.Value,
        Restart = _restart.Map(OptionText.ParseRestart) ?? new Supervision.RestartOrders(),
        Resources = ReadLimits(),
        Security = ReadSecurity(),
        Namespaces = ReadNamespaces(),
        Mounts =
        [
            .. _volume.Values.Select(MountOption.ParseVolume), .. _mount.Values.Select(MountOption.ParseMount),
            .. _tmpfs.Values.Select(MountOption.ParseTmpfs),
        ],
        VolumesFrom = _volumesFrom.Values,
        Devices = _device.Values,
        ExposedPorts = [.. _expose.Values.SelectMany(OptionText.ParsePorts)],
        Init = _init.Value,
        SystemInit = _systemd.Value switch
        {
            null or "true" => SystemInit.Auto,
            "always" => SystemInit.Always,
            "false" => SystemInit.Never,
            { } other => throw new UsageException($"'{other}' is not a value of --systemd: use true, always or false."),
        },
        SharedMemoryBytes = _shmSize.Map(text => ByteSize.Parse(text).Bytes),
        LogDriver = _logDriver.Value ?? "json-file",
        LogOptions = Pairs.Read(_logOpt.Values),
        Isolation = _isolation.Value is null or "auto" ? ContainerSettings.Container : _isolation.Value,
        Machine = ReadMachine(),
    };

    private MachineSettings? ReadMachine()
    {
        if (!_vmKernel.IsSet && !_vmRoot.IsSet && !_vmBootTimeout.IsSet)
        {
            return null;
        }

        if (_isolation.Value != ContainerSettings.MicroVm)
        {
            throw new UsageException("--vm-kernel, --vm-root and --vm-boot-timeout are for machines: add --isolation vm.");
        }

        return new MachineSettings
        {
            Kernel = _vmKernel.Value,
            Root = _vmRoot.Value switch
            {
                null or MachineSettings.Share => MachineSettings.Share,
                MachineSettings.Block => MachineSettings.Block,
                _ => throw new UsageException($"'{_vmRoot.Value}' is not a kind of root: use share or block (--vm-root)."),
            },
            BootTimeoutMs = _vmBootTimeout.IsSet ? _vmBootTimeout.Map(OptionText.ParseDurationMs) : null,
        };
    }

    private HealthSettings? ReadHealth()
    {
        if (_noHealth.Value)
        {
            return _healthCmd.IsSet
                ? throw new UsageException("--no-healthcheck and --health-cmd exclude each other.")
                : new HealthSettings { Test = ["NONE"] };
        }

        bool any = _healthCmd.IsSet || _healthInterval.IsSet || _healthTimeout.IsSet || _healthStart.IsSet
            || _healthRetries.IsSet || _healthStartInterval.IsSet;
        return any
            ? new HealthSettings
            {
                Test = _healthCmd.Value is { } command ? ["CMD-SHELL", command] : null,
                IntervalMs = _healthInterval.Map(OptionText.ParseDurationMs),
                TimeoutMs = _healthTimeout.Map(OptionText.ParseDurationMs),
                StartPeriodMs = _healthStart.Map(OptionText.ParseDurationMs),
                StartIntervalMs = _healthStartInterval.Map(OptionText.ParseDurationMs),
                Retries = (int)(_healthRetries.Value ?? 0),
            }
            : null;
    }
}
