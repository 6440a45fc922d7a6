using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime;
using Hull.Runtime.Container;

namespace Hull.Cli.Machines;

/// <summary>Starts a machine's process in a container that has nothing but the program itself. See docs/machine/jail.md.</summary>
internal static class MachineJail
{
    private const string Inside = "/hull-machine";
    private const string DirectoryName = "jail";
    private const ulong MaxFiles = 1024;
    private const ulong MaxThreads = 512;

    private static readonly ContainerId s_id = ContainerId.Parse("machine");

    /// <summary>Starts the process.</summary>
    /// <param name="state">The machine's directory that dies with the boot.</param>
    /// <param name="program">The static program.</param>
    /// <param name="user">Who the process is; null to stay the caller, who is not root.</param>
    /// <param name="descriptors">What becomes its descriptors 0, 1, 2, …</param>
    /// <returns>The task; disposing it leaves the process alone.</returns>
    /// <exception cref="HullException">It cannot be jailed.</exception>
    internal static ContainerTask Start(string state, string program, uint? user, IReadOnlyList<FileDescriptor> descriptors)
    {
        RequireStatic(program);
        string jail = Path.Combine(state, DirectoryName);
        string root = Path.Combine(jail, "root");
        ContainerRuntime runtime = new(Path.Combine(jail, "containers"));

        // What the machine's last process left; it has ended, because its lock is ours.
        runtime.Delete(s_id, force: true);
        Directory.CreateDirectory(Path.Combine(root, "dev"));
        using (File.Create(root + Inside))
        {
            // The program is mounted over it.
        }

        using (File.Create(root + "/dev/urandom"))
        {
            // The device is mounted over it.
        }

        return runtime.Create(
            new Bundle
            {
                Id = s_id,
                Directory = jail,
                Spec = SpecificationOf(program, root, user),
                Root = new RootFilesystem { Path = root },
                Streams = new TaskStreams
                {
                    Input = descriptors[0],
                    Output = descriptors[1],
                    Error = descriptors[2],
                    Further = [.. descriptors.Skip(3)],
                },
            },
            new CreateOptions { WaitsForStart = false, Cgroups = CgroupManagement.Disabled });
    }

    private static RuntimeSpec SpecificationOf(string program, string root, uint? user)
    {
        RuntimeSpec spec = new()
        {
            Process = new ProcessSpec
            {
                Args = [Inside, "user"],
                Env = [],
                User = new UserSpec { Uid = user ?? KernelProcess.EffectiveUserId, Gid = user ?? KernelProcess.EffectiveGroupId },
                Capabilities = new CapabilitiesSpec { Bounding = [], Effective = [], Permitted = [], Inheritable = [], Ambient = [] },
                NoNewPrivileges = true,
                Rlimits = LimitsOf(user),
            },
            Root = new RootSpec { Path = root, Readonly = true },
            Mounts =
            [
                // An own /dev would be filled with the devices of every container.
                Bind("/dev", Path.Combine(root, "dev")),
                Bind("/dev/urandom", "/dev/urandom", devices: true),
                Bind(Inside, program),
            ],
            Linux = new LinuxSpec
            {
                Namespaces = [.. NamespacesOf(user is null)],
                Seccomp = JailCalls.Filter(),
            },
        };
        if (user is null)
        {
            spec.Linux.UidMappings = [One(KernelProcess.EffectiveUserId)];
            spec.Linux.GidMappings = [One(KernelProcess.EffectiveGroupId)];
        }

        return spec;
    }

    private static IEnumerable<NamespaceSpec> NamespacesOf(bool withUser)
    {
        IEnumerable<string> types = ["mount", "pid", "network", "ipc", "uts", "cgroup"];
        return (withUser ? types.Append("user") : types).Select(type => new NamespaceSpec { Type = type });
    }

    // The number of threads is counted by user: with one's own id all one's programs would count.
    private static List<RlimitSpec> LimitsOf(uint? user)
    {
        List<RlimitSpec> limits = [Limit("RLIMIT_NOFILE", MaxFiles), Limit("RLIMIT_CORE", 0), Limit("RLIMIT_MSGQUEUE", 0)];
        if (user is not null)
        {
            limits.Add(Limit("RLIMIT_NPROC", MaxThreads));
        }

        return limits;
    }

    private static RlimitSpec Limit(string type, ulong value) => new() { Type = type, Soft = value, Hard = value };

    private static IdMappingSpec One(uint id) => new() { ContainerID = id, HostID = id, Size = 1 };

    private static MountSpec Bind(string destination, string source, bool devices = false) => new()
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
