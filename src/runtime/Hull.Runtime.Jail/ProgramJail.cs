using Hull.Oci.Runtime;
using Hull.Runtime.Container;

namespace Hull.Runtime.Jail;

/// <summary>Starts a program in a container that has nothing but the program itself. See docs/machine/jail.md.</summary>
public static class ProgramJail
{
    private const string Inside = "/hull-machine";
    private const string DirectoryName = "jail";
    private const long MaxThreads = 512;
    private const ulong PeriodUs = 100_000;
    private const long QuotaUsPerMilliProcessor = 100;

    private static readonly string[] s_namespaces = ["mount", "pid", "network", "ipc", "uts", "cgroup"];

    /// <summary>Starts the process.</summary>
    /// <returns>The task; disposing it leaves the process alone.</returns>
    /// <exception cref="HullException">It cannot be jailed.</exception>
    public static ContainerTask Start(JailPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        JailUser user = plan.User
            ?? throw new HullException(ErrorKind.PermissionDenied, "Only root can jail the process of a machine: run hull as root.");
        RequireStatic(plan.Program);
        string jail = Path.Combine(plan.State, DirectoryName);
        string root = RootOf(plan.State);
        var id = ContainerId.Parse(plan.Name);
        Directory.CreateDirectory(root);
        ContainerRuntime runtime = RuntimeOf(plan.State);

        // What an earlier process of this name left; it has ended, because the machine's lock or name is ours.
        runtime.Delete(id, force: true);
        return runtime.Create(
            new Bundle
            {
                Id = id,
                Directory = jail,
                Spec = SpecificationOf(plan, root, user),
                Root = new RootFilesystem { Path = root, IsMemory = true },
                Streams = new TaskStreams
                {
                    Input = plan.Descriptors[0],
                    Output = plan.Descriptors[1],
                    Error = plan.Descriptors[2],
                    Further = [.. plan.Descriptors.Skip(3), user.Lock.Descriptor],
                },
            },
            new CreateOptions { WaitsForStart = false });
    }

    /// <summary>Ends what runs of a machine's processes and removes what the jail made for them; nothing happens when there is nothing.</summary>
    /// <param name="state">As in <see cref="JailPlan.State"/>.</param>
    /// <exception cref="HullException">It could not be removed.</exception>
    public static void Remove(string state)
    {
        ContainerRuntime runtime = RuntimeOf(state);
        foreach (ContainerId id in runtime.List())
        {
            runtime.Delete(id, force: true);
        }

        string jail = Path.Combine(state, DirectoryName);
        if (Directory.Exists(jail))
        {
            Directory.Delete(jail, recursive: true);
        }
    }

    /// <summary>Where a jail's root is mounted, in its own mount namespace only.</summary>
    internal static string RootOf(string state) => Path.Combine(state, DirectoryName, "root");

    private static ContainerRuntime RuntimeOf(string state) => new(Path.Combine(state, DirectoryName, "containers"));

    private static RuntimeSpec SpecificationOf(JailPlan plan, string root, JailUser user) => new()
    {
        Process = new ProcessSpec
        {
            Args = [Inside, .. plan.Arguments],
            Env = [],
            User = new UserSpec { Uid = user.Id, Gid = user.Id },
            Capabilities = SetsOf(plan.Capabilities),
            NoNewPrivileges = true,
            Rlimits =
            [
                Limit("RLIMIT_NOFILE", plan.MaxFiles), Limit("RLIMIT_CORE", 0), Limit("RLIMIT_MSGQUEUE", 0),
                Limit("RLIMIT_NPROC", (ulong)MaxThreads),
            ],
        },
        Root = new RootSpec { Path = root, Readonly = true },
        Mounts =
        [
            Show("/dev/urandom", "/dev/urandom", devices: true),
            Show(Inside, plan.Program),
            .. plan.Mounts,
        ],
        Linux = new LinuxSpec
        {
            Namespaces = [.. s_namespaces.Select(type => new NamespaceSpec { Type = type })],
            Seccomp = plan.Calls,
            CgroupsPath = plan.CgroupPath,
            Resources = new LinuxResources
            {
                Memory = new MemorySpec { Limit = plan.MemoryBytes },
                Pids = new PidsSpec { Limit = MaxThreads },
                Cpu = plan.MilliProcessors == 0 ? null : new CpuSpec
                {
                    Period = PeriodUs,
                    Quota = plan.MilliProcessors * QuotaUsPerMilliProcessor,
                },
            },
        },
    };

    private static CapabilitiesSpec SetsOf(IReadOnlyList<string> kept) =>
        new() { Bounding = kept, Effective = kept, Permitted = kept, Inheritable = kept, Ambient = kept };

    private static RlimitSpec Limit(string type, ulong value) => new() { Type = type, Soft = value, Hard = value };

    /// <summary>Shows a file or directory of the host, read-only.</summary>
    internal static MountSpec Show(string destination, string source, bool devices = false) => new()
    {
        Destination = destination,
        Type = "bind",
        Source = source,
        Options = devices ? ["bind", "ro", "nosuid", "noexec"] : ["bind", "ro", "nosuid", "nodev"],
    };

    // ELF: a program that names no interpreter needs no library.
    private static void RequireStatic(string program)
    {
        if (!ElfProgram.IsStatic(program))
        {
            throw new HullException(
                ErrorKind.FailedPrecondition,
                $"The program '{program}' is not a static executable, so it cannot be jailed: use the published one ('./dev install').");
        }
    }
}
