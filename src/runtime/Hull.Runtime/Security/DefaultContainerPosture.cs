using Hull.Oci.Runtime;

namespace Hull.Runtime.Security;

/// <summary>What every container starts from: mounts, hidden paths and devices, as Docker has them.</summary>
/// <remarks>
/// The engine and <c>hull-oci spec</c> share these lists. Source: OCI runtime specification 1.2, config-linux.md,
/// "Default Filesystems", "Masked Paths", "Readonly Paths"; docs/security.md compares them with Docker's.
/// </remarks>
public static class DefaultContainerPosture
{
    /// <summary>The search path of a container's first process when its image names none.</summary>
    public const string SearchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Paths that tell about, or act on, the host: not visible inside.</summary>
    public static IReadOnlyList<string> MaskedPaths { get; } =
    [
        "/proc/acpi",
        "/proc/asound",
        "/proc/interrupts",
        "/proc/kcore",
        "/proc/keys",
        "/proc/latency_stats",
        "/proc/sched_debug",
        "/proc/scsi",
        "/proc/timer_list",
        "/proc/timer_stats",
        "/sys/devices/virtual/powercap",
        "/sys/firmware",
    ];

    /// <summary>Paths through which the kernel is configured: not writable inside.</summary>
    public static IReadOnlyList<string> ReadonlyPaths { get; } =
    [
        "/proc/bus",
        "/proc/fs",
        "/proc/irq",
        "/proc/sys",
        "/proc/sysrq-trigger",
    ];

    /// <summary>Mounts beside the root, in order. <c>/sys</c> and the cgroups are read-only.</summary>
    public static IReadOnlyList<MountSpec> Mounts { get; } =
    [
        Mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
        Mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
        Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
        Mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
        Mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
        Mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
        Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"),
    ];

    /// <summary>Namespaces of an ordinary container. With a private cgroup namespace its own cgroup looks like the root.</summary>
    public static IReadOnlyList<NamespaceSpec> Namespaces { get; } =
    [
        new() { Type = "pid" },
        new() { Type = "network" },
        new() { Type = "ipc" },
        new() { Type = "uts" },
        new() { Type = "mount" },
        new() { Type = "cgroup" },
    ];

    /// <summary>
    /// Device access: none, then nodes may be made but not opened, then the harmless ones and terminals.
    /// </summary>
    public static IReadOnlyList<DeviceRuleSpec> DeviceRules { get; } =
    [
        new() { Allow = false, Access = "rwm" },
        new() { Allow = true, Type = "c", Access = "m" },
        new() { Allow = true, Type = "b", Access = "m" },
        Character(1, 3),
        Character(1, 5),
        Character(1, 7),
        Character(1, 8),
        Character(1, 9),
        Character(5, 0),
        Character(5, 2),
        Character(136, null),
    ];

    private static MountSpec Mount(string destination, string type, string source, params string[] options) =>
        new() { Destination = destination, Type = type, Source = source, Options = options };

    private static DeviceRuleSpec Character(long major, long? minor) =>
        new() { Allow = true, Type = "c", Major = major, Minor = minor, Access = "rwm" };
}
