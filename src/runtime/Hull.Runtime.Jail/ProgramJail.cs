using Hull.Linux;
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
                Spec = SpecificationOf(plan, root),
                Root = new RootFilesystem { Path = root, IsMemory = true },
                Streams = new TaskStreams
                {
                    Input = plan.Descriptors[0],
                    Output = plan.Descriptors[1],
                    Error = plan.Descriptors[2],
                    Further = [.. plan.Descriptors.Skip(3), .. plan.User is { } user ? [user.Lock.Descriptor] : (FileDescriptor[])[]],
                },
            },
            new CreateOptions
            {
                WaitsForStart = false,

                // Who is not root may seldom make one, and has only himself to protect.
                Cgroups = plan.User is null ? CgroupManagement.Disabled : CgroupManagement.Direct,
            });
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

    private static RuntimeSpec SpecificationOf(JailPlan plan, string root)
    {
        // Who is not root is root in a namespace with nobody else, without capabilities: what is his is root's for a guest.
        uint user = plan.User?.Id ?? 0;
        return new RuntimeSpec
        {
            Process = new ProcessSpec
            {
                Args = [Inside, .. plan.Arguments],
                Env = [],
                User = new UserSpec { Uid = user, Gid = user },
                Capabilities = SetsOf(plan.Capabilities),
                NoNewPrivileges = true,
                Rlimits = LimitsOf(plan),
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
                Namespaces = [.. s_namespaces.Concat(plan.User is null ? ["user"] : []).Select(type => new NamespaceSpec { Type = type })],
                UidMappings = plan.User is null ? [Root(KernelProcess.EffectiveUserId)] : null,
                GidMappings = plan.User is null ? [Root(KernelProcess.EffectiveGroupId)] : null,
                Seccomp = plan.Calls,
                CgroupsPath = plan.CgroupPath,
                Resources = plan.User is null ? null : ResourcesOf(plan),
            },
        };
    }

    private static LinuxResources ResourcesOf(JailPlan plan) => new()
    {
        Memory = new MemorySpec { Limit = plan.MemoryBytes },
        Pids = new PidsSpec { Limit = MaxThreads },
        Cpu = plan.MilliProcessors == 0 ? null : new CpuSpec
        {
            Period = PeriodUs,
            Quota = plan.MilliProcessors * QuotaUsPerMilliProcessor,
        },
    };

    private static IdMappingSpec Root(uint id) => new() { ContainerID = 0, HostID = id, Size = 1 };

    // The number of threads is counted by user: with one's own id all one's programs would count.
    private static List<RlimitSpec> LimitsOf(JailPlan plan)
    {
        List<RlimitSpec> limits = [Limit("RLIMIT_NOFILE", plan.MaxFiles), Limit("RLIMIT_CORE", 0), Limit("RLIMIT_MSGQUEUE", 0)];
        if (plan.User is not null)
        {
            limits.Add(Limit("RLIMIT_NPROC", (ulong)MaxThreads));
        }

        return limits;
    }

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
