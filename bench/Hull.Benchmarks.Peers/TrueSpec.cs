using Hull.Oci.Runtime;

namespace Hull.Benchmarks.Peers;

/// <summary>The configuration that runtimes print as their default, running <c>/bin/true</c> without a terminal.</summary>
internal static class TrueSpec
{
    private static readonly string[] s_capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

    internal static RuntimeSpec Create() => new()
    {
        OciVersion = "1.0.2",
        Process = new ProcessSpec
        {
            User = new UserSpec(),
            Args = ["/bin/true"],
            Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
            Capabilities = new CapabilitiesSpec
            {
                Bounding = s_capabilities,
                Effective = s_capabilities,
                Permitted = s_capabilities,
                Ambient = s_capabilities,
                Inheritable = s_capabilities,
            },
            Rlimits = [new RlimitSpec { Type = "RLIMIT_NOFILE", Soft = 1024, Hard = 1024 }],
            NoNewPrivileges = true,
        },
        Root = new RootSpec { Path = "rootfs", Readonly = true },
        Hostname = "bench",
        Mounts =
        [
            new MountSpec { Destination = "/proc", Type = "proc", Source = "proc" },
            new MountSpec { Destination = "/dev", Type = "tmpfs", Source = "tmpfs", Options = ["nosuid", "strictatime", "mode=755", "size=65536k"] },
            new MountSpec { Destination = "/dev/pts", Type = "devpts", Source = "devpts", Options = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"] },
            new MountSpec { Destination = "/dev/shm", Type = "tmpfs", Source = "shm", Options = ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"] },
            new MountSpec { Destination = "/dev/mqueue", Type = "mqueue", Source = "mqueue", Options = ["nosuid", "noexec", "nodev"] },
            new MountSpec { Destination = "/sys", Type = "sysfs", Source = "sysfs", Options = ["nosuid", "noexec", "nodev", "ro"] },
        ],
        Linux = new LinuxSpec
        {
            Resources = new LinuxResources { Devices = [new DeviceRuleSpec { Allow = false, Access = "rwm" }] },
            Namespaces =
            [
                new NamespaceSpec { Type = "pid" },
                new NamespaceSpec { Type = "network" },
                new NamespaceSpec { Type = "ipc" },
                new NamespaceSpec { Type = "uts" },
                new NamespaceSpec { Type = "mount" },
            ],
            MaskedPaths = ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"],
            ReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    };
}
