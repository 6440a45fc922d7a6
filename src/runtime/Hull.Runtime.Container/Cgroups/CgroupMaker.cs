using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>Makes the directories of one cgroup in every hierarchy, and takes them back when a later step fails.</summary>
internal sealed class CgroupMaker(CgroupHost host, CgroupMode mode)
{
    // Another container's removal may take a parent away between making it and making its child.
    private const int MaxTries = 3;

    private const CgroupControllers EnabledOnUnified = CgroupControllers.Cpu | CgroupControllers.Cpuset
        | CgroupControllers.Memory | CgroupControllers.BlockIo | CgroupControllers.Pids | CgroupControllers.Hugetlb
        | CgroupControllers.Rdma | CgroupControllers.Misc;

    private readonly List<string> _made = new(host.Hierarchies.Count + 4);

    /// <summary>True when the cgroup was there before in at least one hierarchy.</summary>
    internal bool FoundExisting { get; private set; }

    internal string?[] Make(string path, LinuxResources? resources)
    {
        IReadOnlyList<CgroupHierarchy> hierarchies = host.Hierarchies;
        if (hierarchies.Count == 0)
        {
            throw new HullException(ErrorKind.FailedPrecondition, "No cgroups are mounted on this host; mount them at '/sys/fs/cgroup'.");
        }

        string?[] directories = new string?[hierarchies.Count];
        for (int i = 0; i < directories.Length; i++)
        {
            CgroupHierarchy hierarchy = hierarchies[i];
            string directory = hierarchy.MountPoint + path;
            Errno error = hierarchy.IsUnified
                ? MakeUnified(hierarchy, path, resources)
                : MakeLegacy(hierarchy, directory);
            if (error == Errno.None)
            {
                directories[i] = directory;
            }
            else if (mode == CgroupMode.Required || error is not (Errno.Acces or Errno.Perm or Errno.RoFs))
            {
                throw new LinuxException("mkdir", directory, error);
            }
        }

        return directories;
    }

    /// <summary>Removes what <see cref="Make"/> made, children first; what is in use by now stays.</summary>
    internal void Undo()
    {
        for (int i = _made.Count - 1; i >= 0; i--)
        {
            _ = KernelFile.RemoveDirectory(_made[i]);
        }
    }

    private Errno MakeLegacy(CgroupHierarchy hierarchy, string directory)
    {
        bool cpuset = hierarchy.Controllers.HasFlag(CgroupControllers.Cpuset);
        Errno error = Errno.None;
        for (int attempt = 0; attempt < MaxTries; attempt++)
        {
            error = MakeOne(directory);
            if (error == Errno.NoEnt)
            {
                error = MakeParents(hierarchy.MountPoint, directory, cpuset);
                if (error == Errno.None)
                {
                    continue;
                }
            }

            break;
        }

        FoundExisting |= error == Errno.Exist;
        if (error is Errno.None or Errno.Exist)
        {
            return cpuset ? InheritCpuset(hierarchy.MountPoint, directory) : Errno.None;
        }

        return error;
    }

    private Errno MakeParents(string mountPoint, string directory, bool cpuset)
    {
        for (int end = mountPoint.Length + 1; (end = directory.IndexOf('/', end)) > 0; end++)
        {
            string parent = directory[..end];
            Errno error = MakeOne(parent);
            if (error == Errno.None && cpuset)
            {
                error = InheritCpuset(mountPoint, parent);

                // From now on the kernel itself copies the sets to new children of this parent, which is ours.
                _ = CgroupFile.TryWrite(parent, "cgroup.clone_children", "1");
            }
            if (error is not (Errno.None or Errno.Exist))
            {
                return error;
            }
        }

        return Errno.None;
    }

    // A version 1 cpuset starts empty, and no process may enter an empty one.
    private static Errno InheritCpuset(string mountPoint, string directory)
    {
        Errno error = InheritCpuset(mountPoint, directory, "cpuset.cpus");
        return error == Errno.None ? InheritCpuset(mountPoint, directory, "cpuset.mems") : error;
    }

    private static Errno InheritCpuset(string mountPoint, string directory, string file)
    {
        if (CgroupFile.ReadText(directory, file).Length > 0)
        {
            return Errno.None;
        }

        // Somebody may have made the parent and left its sets empty; the hierarchy's root always has all.
        string parent = directory[..directory.LastIndexOf('/')];
        string set = CgroupFile.ReadText(parent, file);
        if (set.Length == 0 && parent.Length > mountPoint.Length)
        {
            Errno error = InheritCpuset(mountPoint, parent, file);
            if (error != Errno.None)
            {
                return error;
            }

            set = CgroupFile.ReadText(parent, file);
        }

        return CgroupFile.TryWrite(directory, file, set);
    }

    private Errno MakeUnified(CgroupHierarchy hierarchy, string path, LinuxResources? resources)
    {
        CgroupControllers wanted = hierarchy.Controllers & EnabledOnUnified;
        if (host.Layout != CgroupLayout.Unified)
        {
            // Beside version 1 hierarchies, change the machine's unified tree only for what is asked of it.
            wanted &= ResourceControllers.NeededBy(resources);
        }

        Errno error = Errno.None;
        string current = hierarchy.MountPoint;
        for (int start = 1; start <= path.Length;)
        {
            if (wanted != CgroupControllers.None)
            {
                EnableForChildren(current, wanted);
            }

            int end = path.IndexOf('/', start);
            end = end < 0 ? path.Length : end;
            current = hierarchy.MountPoint + path[..end];
            error = MakeOne(current);
            if (error is not (Errno.None or Errno.Exist))
            {
                return error;
            }

            start = end + 1;
        }

        FoundExisting |= error == Errno.Exist;
        return Errno.None;
    }

    // A controller that cannot be enabled is no failure yet: the limit that needs it will say so.
    private static void EnableForChildren(string directory, CgroupControllers wanted)
    {
        const string File = "cgroup.subtree_control";
        CgroupControllers available = ControllerNames.Parse(CgroupFile.ReadText(directory, "cgroup.controllers"), ' ');
        CgroupControllers missing = wanted & available
            & ~ControllerNames.Parse(CgroupFile.ReadText(directory, File), ' ');
        if (missing == CgroupControllers.None)
        {
            return;
        }

        string all = "";
        for (CgroupControllers rest = missing; rest != CgroupControllers.None;)
        {
            string name = ControllerNames.Of(ControllerNames.TakeFirst(ref rest), unified: true);
            all = all.Length == 0 ? $"+{name}" : $"{all} +{name}";
        }

        if (CgroupFile.TryWrite(directory, File, all) == Errno.None)
        {
            return;
        }

        while (missing != CgroupControllers.None)
        {
            _ = CgroupFile.TryWrite(directory, File, $"+{ControllerNames.Of(ControllerNames.TakeFirst(ref missing), unified: true)}");
        }
    }

    private Errno MakeOne(string directory)
    {
        Errno error = KernelFile.MakeDirectory(directory);
        if (error == Errno.None)
        {
            _made.Add(directory);
        }

        return error;
    }
}
