using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>The cgroup of one container: a directory in every hierarchy, its limits, its processes and what they use.</summary>
/// <remarks>
/// Source: cgroups(7); Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst of the kernel. Not thread-safe; several
/// processes may work on the same cgroup, as the kernel serializes them.
/// </remarks>
public sealed partial class Cgroup
{
    private readonly CgroupHost _host;

    // One entry per hierarchy of the host, in its order; null where the cgroup does not exist.
    private readonly string?[] _directories;

    private Cgroup(CgroupHost host, string?[] directories)
    {
        _host = host;
        _directories = directories;
        JoinFiles = ListJoinFiles();
        UnifiedDirectory = DirectoryOf(host.Unified);
    }

    /// <summary>
    /// Version 1's <c>tasks</c> files, to which a process with one thread writes <c>0</c> to join, in order: the memory
    /// hierarchy is last. The kernel then moves just that thread and needs no lock over all processes of the machine.
    /// </summary>
    public IReadOnlyList<string> JoinFiles { get; }

    /// <summary>
    /// The directory in the unified hierarchy; null when there is none. A process joins it by being started there: clone3(2)
    /// with CLONE_INTO_CGROUP. Writing to its <c>cgroup.procs</c> would wait for that lock.
    /// </summary>
    public string? UnifiedDirectory { get; }

    /// <summary>
    /// The directories by hierarchy, for the saved state: the key is <see cref="CgroupHierarchy.Key"/>, empty for the unified hierarchy.
    /// </summary>
    public IReadOnlyDictionary<string, string> Paths
    {
        get
        {
            Dictionary<string, string> paths = new(_directories.Length, StringComparer.Ordinal);
            for (int i = 0; i < _directories.Length; i++)
            {
                if (_directories[i] is { } directory)
                {
                    paths.Add(_host.Hierarchies[i].Key, directory);
                }
            }

            return paths;
        }
    }

    /// <summary>True while the cgroup is there in at least one hierarchy.</summary>
    public bool Exists => Array.Exists(_directories, directory => directory is not null && KernelFile.Exists(directory));

    // The hierarchy that answers questions about processes: one that nothing inside a container has a reason to rearrange.
    private string MainDirectory => DirectoryOf(CgroupControllers.Devices, out _) ?? FirstDirectory()
        ?? throw new HullException(ErrorKind.FailedPrecondition, "The container has no cgroup on this host.");

    /// <summary>Makes the cgroup in every hierarchy and sets its limits; the caller lets a process join it.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="path">Where, as <see cref="CgroupPath.Resolve"/> gives it.</param>
    /// <param name="resources">Limits; null for none. The device rules always get runc's default devices added.</param>
    /// <param name="mode">What to do where this user may not make cgroups.</param>
    /// <exception cref="HullException">Nothing is left behind when this throws.</exception>
    public static Cgroup Create(CgroupHost host, string path, LinuxResources? resources, CgroupMode mode = CgroupMode.Required)
    {
        ArgumentNullException.ThrowIfNull(host);
        string normal = CgroupPath.Normalize(path);
        CgroupMaker maker = new(host, mode);
        try
        {
            Cgroup cgroup = new(host, maker.Make(normal, resources));
            if (maker.FoundExisting)
            {
                cgroup.CheckUnused();
            }

            cgroup.Set(resources ?? new LinuxResources(), withDevices: true, tolerant: mode == CgroupMode.WherePermitted);
            return cgroup;
        }
        catch
        {
            maker.Undo();
            throw;
        }
    }

    /// <summary>Takes over a cgroup that systemd made: its other hierarchies are added, and its limits set.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="path">Where it lies, as systemd says.</param>
    /// <param name="resources">Limits; null for none.</param>
    /// <param name="mode">What to do where this user may not make cgroups.</param>
    /// <exception cref="HullException">What was added is removed again; systemd's directory is left to it.</exception>
    public static Cgroup Adopt(CgroupHost host, string path, LinuxResources? resources, CgroupMode mode = CgroupMode.Required)
    {
        ArgumentNullException.ThrowIfNull(host);
        string normal = CgroupPath.Normalize(path);
        CgroupMaker maker = new(host, mode);
        try
        {
            // In a single hierarchy the directory is there, and which controllers it has is systemd's to say.
            Cgroup cgroup = new(host, host.Layout == CgroupLayout.Unified ? [host.Unified!.MountPoint + normal] : maker.Make(normal, resources));
            cgroup.Set(resources ?? new LinuxResources(), withDevices: true, tolerant: mode == CgroupMode.WherePermitted);
            return cgroup;
        }
        catch
        {
            maker.Undo();
            throw;
        }
    }

    /// <summary>Finds a cgroup again from its saved <see cref="Paths"/>.</summary>
    public static Cgroup Open(CgroupHost host, IReadOnlyDictionary<string, string> paths)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(paths);
        string?[] directories = new string?[host.Hierarchies.Count];
        for (int i = 0; i < directories.Length; i++)
        {
            directories[i] = paths.TryGetValue(host.Hierarchies[i].Key, out string? directory) ? directory : null;
        }

        return new Cgroup(host, directories);
    }

    /// <summary>Finds a cgroup by the path it was created with; hierarchies without it are left out.</summary>
    public static Cgroup Open(CgroupHost host, string path)
    {
        ArgumentNullException.ThrowIfNull(host);
        string normal = CgroupPath.Normalize(path);
        string?[] directories = new string?[host.Hierarchies.Count];
        for (int i = 0; i < directories.Length; i++)
        {
            string directory = host.Hierarchies[i].MountPoint + normal;
            directories[i] = KernelFile.Exists(directory) ? directory : null;
        }

        return new Cgroup(host, directories);
    }

    /// <summary>Changes limits while processes run; null members, and the device rules, stay as they are.</summary>
    /// <exception cref="HullException">One limit was refused; those before it are in force.</exception>
    public void Apply(LinuxResources resources)
    {
        ArgumentNullException.ThrowIfNull(resources);
        Set(resources, withDevices: false, tolerant: false);
    }

    /// <summary>Replaces the device rules; the default devices are added as at creation.</summary>
    public void ApplyDevices(IReadOnlyList<DeviceRuleSpec> rules) => SetDevices(rules, tolerant: false);

    /// <summary>The directory in the hierarchy that has a controller; null where there is none.</summary>
    /// <param name="controller">One controller.</param>
    /// <param name="unified">True when it is in the unified hierarchy.</param>
    public string? DirectoryOf(CgroupControllers controller, out bool unified)
    {
        CgroupHierarchy? hierarchy = _host.Find(controller);
        unified = hierarchy is { IsUnified: true };
        return DirectoryOf(hierarchy);
    }

    /// <summary>The directory in one of the host's hierarchies; null where there is none.</summary>
    public string? DirectoryIn(CgroupHierarchy hierarchy) => DirectoryOf(hierarchy);

    private string? DirectoryOf(CgroupHierarchy? hierarchy)
    {
        for (int i = 0; i < _directories.Length; i++)
        {
            if (ReferenceEquals(_host.Hierarchies[i], hierarchy))
            {
                return _directories[i];
            }
        }

        return null;
    }

    private string? FirstDirectory() => Array.Find(_directories, each => each is not null);

    private string[] ListJoinFiles()
    {
        int count = 0;
        string[] files = new string[_directories.Length];
        for (int i = 0; i < _directories.Length; i++)
        {
            if (_directories[i] is { } directory && !_host.Hierarchies[i].IsUnified)
            {
                files[count++] = CgroupFile.PathOf(directory, "tasks");
            }
        }

        Array.Resize(ref files, count);
        return files;
    }

    // Two containers in one cgroup would share limits, and deleting one would kill the other.
    private void CheckUnused()
    {
        List<int> processes = GetProcessIds(all: true);
        if (processes.Count > 0)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition,
                $"The container's cgroup is not empty: '{MainDirectory}' has {processes.Count} process(es).");
        }

        if (IsFrozen)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition,
                $"The container's cgroup unexpectedly frozen: thaw '{MainDirectory}' or use another path.");
        }
    }
}
