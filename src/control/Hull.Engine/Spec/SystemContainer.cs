using Hull.Engine.Settings;
using Hull.Oci.Runtime;

namespace Hull.Engine.Spec;

/// <summary>A container whose first process is an init that runs a whole system: systemd, sysvinit or BusyBox.</summary>
/// <remarks>
/// What an init wants of a container: writable places of its own under <c>/run</c>, control groups it may divide further, the word
/// <c>container</c> in its environment, and a stop signal that means "shut down". Source: systemd's "Container Interface" page,
/// docs/CONTAINER_INTERFACE; sysvinit's init(8); BusyBox's init; reboot(2), "Behavior inside PID namespaces".
/// </remarks>
internal static class SystemContainer
{
    private const string Environment = "container=hull";
    private const string CgroupTarget = "/sys/fs/cgroup";
    private const string SystemdSignal = "SIGRTMIN+3";
    private const string BusyBoxSignal = "SIGUSR2";
    private const string SysvinitSignal = "SIGINT";
    private const string RebootCapability = "SYS_BOOT";

    private static readonly string[] s_inits = ["/sbin/init", "/usr/sbin/init", "/usr/local/sbin/init"];

    private static readonly MountSpec[] s_places =
    [
        Tmpfs("/run", "mode=755"),
        Tmpfs("/run/lock", "mode=1777", "noexec", "size=5m"),
        Tmpfs("/tmp", "mode=1777"),
    ];

    /// <summary>Whether a container with these completed settings runs an init.</summary>
    internal static bool Is(ContainerSettings settings) =>
        settings.SystemInit == SystemInit.Always || (settings.SystemInit == SystemInit.Auto && !settings.Init && IsInit(ProgramOf(settings)));

    /// <summary>Completes the settings with the stop signal of the init that the root holds.</summary>
    /// <exception cref="HullException">An option of the user's contradicts.</exception>
    internal static ContainerSettings Complete(ContainerSettings settings, RootFilesystem root)
    {
        if (!Is(settings))
        {
            return settings;
        }

        if (settings.Namespaces.Cgroup == "host")
        {
            throw new HullException(
                ErrorKind.InvalidArgument, "An init divides its control groups, and may not do so with the host's: leave '--cgroupns host' away, or say '--systemd false'.");
        }

        string signal = SignalOf(ProgramOf(settings), root);
        return settings with
        {
            StopSignal = string.IsNullOrEmpty(settings.StopSignal) ? signal : settings.StopSignal,
            Security = signal == SystemdSignal ? settings.Security : WithReboot(settings),
        };
    }

    // Unlike systemd, the older inits do not end: they ask the kernel to reboot, which ends a process namespace. The capability would
    // also load kernels, so it is given only together with the filter that forbids that, and never against the user's word.
    private static SecuritySettings WithReboot(ContainerSettings settings)
    {
        SecuritySettings security = settings.Security;
        bool isSafe = !security.Privileged && settings.Namespaces.Pid.Length == 0
            && !security.Options.Any(option => option.StartsWith("seccomp", StringComparison.Ordinal));
        return isSafe && security.DroppedCapabilities.Count == 0
            ? security with { AddedCapabilities = [.. security.AddedCapabilities, RebootCapability] }
            : security;
    }

    /// <summary>Gives an init its places; what the user mounted at one of them stays.</summary>
    internal static void AddMounts(SpecContext context, List<MountSpec> mounts)
    {
        foreach (MountSpec place in s_places)
        {
            if (!context.Mounts.Any(own => own.Settings.Target == place.Destination))
            {
                mounts.Add(place);
            }
        }

        // The unified hierarchy, whatever the host uses for its limits: every init of today takes it, and with a cgroup namespace
        // its root is the container's own group.
        int at = mounts.FindIndex(mount => mount.Destination == CgroupTarget);
        if (at >= 0)
        {
            mounts[at] = mounts[at] with { Type = "cgroup2", Source = "cgroup2", Options = ["nosuid", "noexec", "nodev", "relatime", "rw"] };
        }
    }

    /// <summary>Tells an init where it is.</summary>
    internal static void AddEnvironment(List<string> environment)
    {
        if (!environment.Exists(variable => variable.StartsWith("container=", StringComparison.Ordinal)))
        {
            environment.Add(Environment);
        }
    }

    private static string ProgramOf(ContainerSettings settings) =>
        settings.Entrypoint is [{ } first, ..] ? first : settings.Command is [{ } second, ..] ? second : "";

    private static bool IsInit(string program) =>
        s_inits.Contains(program, StringComparer.Ordinal) || program.Split('/')[^1] == "systemd";

    // /sbin/init is a link to systemd or to BusyBox, or it is sysvinit itself.
    private static string SignalOf(string program, RootFilesystem root)
    {
        string target = s_inits.Contains(program, StringComparer.Ordinal) ? RootFiles.ReadLink(root, program) ?? "" : program;
        string name = target.Split('/')[^1];
        return name == "systemd" ? SystemdSignal : name == "busybox" ? BusyBoxSignal : SysvinitSignal;
    }

    private static MountSpec Tmpfs(string target, params string[] options) =>
        new() { Destination = target, Type = "tmpfs", Source = "tmpfs", Options = ["nosuid", "nodev", .. options] };
}
