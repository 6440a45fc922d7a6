using Hull.Engine.Settings;
using Hull.Oci.Runtime;
using Hull.Runtime.Security;

namespace Hull.Engine.Spec;

/// <content>Mounts, in the order the runtime makes them: a parent before what lies below it.</content>
internal static partial class SpecBuilder
{
    private const long DefaultSharedMemoryBytes = 64 * 1024 * 1024;

    private static readonly string[] s_generated = ["hostname", "hosts", "resolv.conf"];

    private static List<MountSpec> BuildMounts(SpecContext context, SecurityPlan security)
    {
        ContainerSettings settings = context.Row.Settings;
        List<MountSpec> mounts = [];
        foreach (MountSpec mount in DefaultContainerPosture.Mounts)
        {
            MountSpec? adapted = Adapt(mount, settings, security);
            if (adapted is not null && !context.Mounts.Any(own => own.Settings.Target == adapted.Destination))
            {
                mounts.Add(adapted);
            }
        }

        if (SystemContainer.Is(settings))
        {
            SystemContainer.AddMounts(context, mounts);
        }

        AddGenerated(context, mounts);
        if (settings.Init)
        {
            string program = InitProgram.PathIn(context.Paths.ContainerDirectory(context.Row.Id));
            mounts.Add(Bind(program, InitProgram.Target, "ro", "nosuid", "nodev"));
        }

        foreach (ResolvedMount mount in context.Mounts.OrderBy(mount => mount.Settings.Target.Count(c => c == '/')))
        {
            mounts.Add(Translate(mount));
        }

        return mounts;
    }

    private static MountSpec? Adapt(MountSpec mount, ContainerSettings settings, SecurityPlan security)
    {
        NamespaceSettings namespaces = settings.Namespaces;
        switch (mount.Destination)
        {
            case "/dev/shm" when namespaces.Ipc == "host":
                return Bind("/dev/shm", "/dev/shm", "rw", "nosuid", "nodev", "noexec");
            case "/dev/shm" when namespaces.Ipc == "none":
                return null;
            case "/dev/shm":
                long bytes = settings.SharedMemoryBytes > 0 ? settings.SharedMemoryBytes : DefaultSharedMemoryBytes;
                return mount with { Options = [.. Without(mount, "size="), $"size={bytes}"] };
            case "/dev/mqueue" when namespaces.Ipc == "host":
                return Bind("/dev/mqueue", "/dev/mqueue", "rw", "nosuid", "nodev", "noexec");
            case "/sys" or "/sys/fs/cgroup" when security.Privileged:
                return mount with { Options = [.. Without(mount, "ro"), "rw"] };
            default:
                return mount;
        }
    }

    private static IEnumerable<string> Without(MountSpec mount, string prefix) =>
        (mount.Options ?? []).Where(option => !option.StartsWith(prefix, StringComparison.Ordinal));

    // The files live in the container's directory; a mount of the user's at the same place wins.
    private static void AddGenerated(SpecContext context, List<MountSpec> mounts)
    {
        string directory = context.Paths.ContainerDirectory(context.Row.Id);
        foreach (string name in s_generated)
        {
            string target = "/etc/" + name;
            if (!context.Mounts.Any(mount => mount.Settings.Target == target))
            {
                mounts.Add(Bind(Path.Combine(directory, name), target, context.Row.Settings.Security.ReadOnlyRoot ? "ro" : "rw"));
            }
        }
    }

    private static MountSpec Translate(ResolvedMount mount)
    {
        MountSettings settings = mount.Settings;
        if (settings.Kind == MountKind.Tmpfs)
        {
            string[] defaults = ["nosuid", "nodev", "noexec"];
            List<string> options = [.. defaults.Where(option => !settings.Options.Contains(option[2..]))];
            options.AddRange(settings.Options.Where(option => !options.Contains(option)));
            if (settings.ReadOnly)
            {
                options.Add("ro");
            }

            return new MountSpec { Destination = settings.Target, Type = "tmpfs", Source = "tmpfs", Options = options };
        }

        return new MountSpec
        {
            Destination = settings.Target,
            Type = "bind",
            Source = mount.HostPath,
            Options = [settings.Recursive ? "rbind" : "bind", AccessOf(settings), settings.Propagation],
        };
    }

    // Read-only means everything below too: "ro" alone would leave the mounts that rbind brings along writable.
    private static string AccessOf(MountSettings settings) => !settings.ReadOnly ? "rw"
        : settings is { Recursive: true, WritableBelow: false } ? "rro"
        : "ro";

    // A shared or slave mount needs a root that passes such events on.
    private static string? PropagationOf(SpecContext context) =>
        context.Mounts.Any(mount => mount.Settings.Propagation is "shared" or "rshared") ? "shared"
        : context.Mounts.Any(mount => mount.Settings.Propagation is "slave" or "rslave") ? "rslave"
        : null;

    private static MountSpec Bind(string source, string target, params string[] options) =>
        new() { Destination = target, Type = "bind", Source = source, Options = ["rbind", "rprivate", .. options] };
}
