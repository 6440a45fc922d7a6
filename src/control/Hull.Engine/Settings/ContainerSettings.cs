using Hull.Supervision;

namespace Hull.Engine.Settings;

/// <summary>What a container shall be: the request, and after creation the request completed with the image's defaults.</summary>
public sealed record ContainerSettings
{
    /// <summary>Host name; null for the first twelve digits of the identifier.</summary>
    public string? Hostname { get; init; }

    /// <summary>NIS domain name.</summary>
    public string? Domainname { get; init; }

    /// <summary><c>user[:group]</c>, names or numbers; null for the image's.</summary>
    public string? User { get; init; }

    /// <summary>More groups, names or numbers.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Environment, <c>KEY=value</c>.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>Arguments; null for the image's.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Program before the arguments; null for the image's, empty for none.</summary>
    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>Working directory; null for the image's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>OCI annotations.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether it has a terminal.</summary>
    public bool Terminal { get; init; }

    /// <summary>Whether its standard input stays open.</summary>
    public bool OpenInput { get; init; }

    /// <summary>Whether standard input ends with the first client that wrote to it.</summary>
    public bool InputOnce { get; init; }

    /// <summary>The signal that asks it to end; null for the image's.</summary>
    public string? StopSignal { get; init; }

    /// <summary>Seconds between that signal and SIGKILL; null for 10.</summary>
    public int? StopTimeoutSeconds { get; init; }

    /// <summary>The health check; null for the image's.</summary>
    public HealthSettings? Health { get; init; }

    /// <summary>Whether it is removed when it ends.</summary>
    public bool AutoRemove { get; init; }

    /// <summary>When it is started again.</summary>
    public RestartOrders Restart { get; init; } = new();

    /// <summary>Limits.</summary>
    public ResourceSettings Resources { get; init; } = new();

    /// <summary>Privileges and their limits.</summary>
    public SecuritySettings Security { get; init; } = new();

    /// <summary>Namespaces, names and networks.</summary>
    public NamespaceSettings Namespaces { get; init; } = new();

    /// <summary>What is mounted.</summary>
    public IReadOnlyList<MountSettings> Mounts { get; init; } = [];

    /// <summary>Containers whose volumes are mounted too, with an optional <c>:ro</c>.</summary>
    public IReadOnlyList<string> VolumesFrom { get; init; } = [];

    /// <summary>Devices, <c>host[:container[:rwm]]</c>.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>Ports the program listens on, <c>80/tcp</c>; only told, nothing is opened.</summary>
    public IReadOnlyList<string> ExposedPorts { get; init; } = [];

    /// <summary>Whether a small init runs first and reaps orphans.</summary>
    public bool Init { get; init; }

    /// <summary>Whether the program is the init of a whole system.</summary>
    public SystemInit SystemInit { get; init; }

    /// <summary>Size of <c>/dev/shm</c> in bytes; 0 for 64 MiB.</summary>
    public long SharedMemoryBytes { get; init; }

    /// <summary><c>json-file</c> or <c>none</c>.</summary>
    public string LogDriver { get; init; } = "json-file";

    /// <summary>The driver's options.</summary>
    public IReadOnlyDictionary<string, string> LogOptions { get; init; } = new Dictionary<string, string>();

    /// <summary>The hull it runs in: <see cref="Container"/> or <see cref="MicroVm"/>.</summary>
    public string Isolation { get; init; } = Container;

    /// <summary>The machine, where the hull is one; null for what machines have when nothing is asked.</summary>
    public MachineSettings? Machine { get; init; }

    /// <summary>Whether the root is a disk of its machine, which the host does not look into.</summary>
    internal bool HasRootDisk => Isolation == MicroVm && Machine?.Root == MachineSettings.Block;

    /// <summary>A container of the host's kernel.</summary>
    public const string Container = "container";

    /// <summary>A container in a machine of its own.</summary>
    public const string MicroVm = "vm";
}
