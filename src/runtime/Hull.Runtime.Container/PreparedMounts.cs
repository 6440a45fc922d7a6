using System.Globalization;
using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Spawn;

namespace Hull.Runtime.Container;

/// <summary>
/// Bind mounts that must be copied before the container's process is in its namespaces: those with ids mapped, because only
/// the owner of the file system may map them, and in a user namespace all others too, because its root may not reach the source.
/// </summary>
internal static class PreparedMounts
{
    private const ulong SystemAdministration = 1ul << 21;

    private static readonly Dictionary<int, int> s_none = [];

    /// <summary>Copies them.</summary>
    /// <param name="bundle">The container.</param>
    /// <param name="keep">Takes over each descriptor until the process has inherited it.</param>
    /// <returns>The descriptors' numbers by the index of the mount.</returns>
    internal static Dictionary<int, int> Make(Bundle bundle, Func<FileDescriptor, FileDescriptor> keep)
    {
        NamespaceSpec? user = UserNamespaceOf(bundle.Spec);
        if (user is null && !AnyIsMapped(bundle.Spec.Mounts))
        {
            return s_none;
        }

        // An ordinary user may copy no mount here; the container's own process may, in its user namespace.
        bool isAllowed = (KernelProcess.Capabilities().Effective & SystemAdministration) != 0;
        Dictionary<int, int> prepared = [];
        string root = bundle.Root.Path + "/";
        for (int i = 0; i < (bundle.Spec.Mounts?.Count ?? 0); i++)
        {
            MountSpec mount = bundle.Spec.Mounts![i]; // Within the count.
            var options = MountOptions.Parse(mount.Type, mount.Options);
            bool mapped = options.IsIdMapped || mount.UidMappings is { Count: > 0 } || mount.GidMappings is { Count: > 0 };
            if (!options.IsBind)
            {
                if (mapped)
                {
                    throw new HullException(
                        ErrorKind.InvalidArgument, $"The mount '{mount.Destination}' has id mappings, which only bind mounts can have.");
                }

                continue;
            }

            string source = Path.GetFullPath(mount.Source ?? "", bundle.Directory);
            if (ContainerPaths.MadeBefore(bundle.Root.Path, bundle.Spec.Mounts, i, source) is not null)
            {
                continue;
            }

            // A source below the root may be a mount that the plan makes before it; nobody else sees that one.
            // Who is not root can copy none beforehand, and reaches as much from within a namespace with nobody else.
            if (!mapped && (user is null || KernelProcess.EffectiveUserId != 0 || source.StartsWith(root, StringComparison.Ordinal)))
            {
                continue;
            }

            if (mapped && !isAllowed)
            {
                throw new HullException(
                    ErrorKind.PermissionDenied,
                    $"The mount '{mount.Destination}' has id mappings, which need root: only the owner of a file system may map its ids.");
            }

            if (!isAllowed || !KernelFile.Exists(source))
            {
                continue;
            }

            FileDescriptor tree = keep(MountTree.Copy(source, options.IsRecursiveBind));
            if (mapped)
            {
                MapIds(bundle.Spec, mount, tree);
            }

            prepared.Add(i, tree.Number);
        }

        return prepared;
    }

    /// <summary>Maps the ids of a copied tree as its mount asks.</summary>
    /// <exception cref="HullException">There is no mapping, or the file system cannot do it.</exception>
    internal static void MapIds(RuntimeSpec spec, MountSpec mount, FileDescriptor tree)
    {
        using FileDescriptor map = OpenMap(spec, mount, UserNamespaceOf(spec));
        MountTree.MapIds(tree, map, MountOptions.Parse(mount.Type, mount.Options).IsIdMapRecursive, mount.Destination);
    }

    // Most containers map nothing, and their start is too short for reading every option twice.
    private static bool AnyIsMapped(IReadOnlyList<MountSpec>? mounts)
    {
        for (int i = 0; i < (mounts?.Count ?? 0); i++)
        {
            MountSpec mount = mounts![i]; // Within the count.
            if (mount.UidMappings is { Count: > 0 } || mount.GidMappings is { Count: > 0 }
                || mount.Options?.Contains("idmap") == true || mount.Options?.Contains("ridmap") == true)
            {
                return true;
            }
        }

        return false;
    }

    private static NamespaceSpec? UserNamespaceOf(RuntimeSpec spec)
    {
        for (int i = 0; i < (spec.Linux?.Namespaces?.Count ?? 0); i++)
        {
            if (spec.Linux!.Namespaces![i].Type == "user") // Within the count.
            {
                return spec.Linux.Namespaces[i];
            }
        }

        return null;
    }

    private static FileDescriptor OpenMap(RuntimeSpec spec, MountSpec mount, NamespaceSpec? user)
    {
        if (mount.UidMappings is { Count: > 0 } users && mount.GidMappings is { Count: > 0 } groups)
        {
            return MakeNamespace(users, groups, mount.Destination);
        }

        if (mount.UidMappings is { Count: > 0 } || mount.GidMappings is { Count: > 0 })
        {
            throw new HullException(
                ErrorKind.InvalidArgument, $"The mount '{mount.Destination}' needs both 'uidMappings' and 'gidMappings', or neither.");
        }

        if (user is { Path.Length: > 0 })
        {
            return HostFile.Open(user.Path, HostFile.ReadOnly);
        }

        return user is not null && spec.Linux is { UidMappings.Count: > 0, GidMappings.Count: > 0 } linux
            ? MakeNamespace(linux.UidMappings, linux.GidMappings, mount.Destination)
            : throw new HullException(
                ErrorKind.InvalidArgument,
                $"The mount '{mount.Destination}' has the option 'idmap' but no mappings, and the container has no user namespace to take them from.");
    }

    // A user namespace exists only through a process: one is started in it, gets its maps, and goes once the namespace is held.
    private static FileDescriptor MakeNamespace(
        IReadOnlyList<IdMappingSpec> users, IReadOnlyList<IdMappingSpec> groups, string destination)
    {
        (FileDescriptor near, FileDescriptor far) = KernelProcess.SocketPair();
        PlanBuilder plan = new() { Namespaces = Kernel.CloneNewUser };
        plan.ReportTo(far.Number);
        plan.Inherit(far.Number);
        plan.Subject("The id mappings of the mount '{0}'", destination);
        plan.Call(SystemCall.Prctl, Kernel.PrSetParentDeathSignal, Kernel.SigKill);
        plan.Call(SystemCall.Read, far.Number, plan.Scratch(8), 1);
        using var launch = Launch.Begin(plan.Build(), near, far, null);
        try
        {
            IdMapWriter.Write(launch.Process.ProcessId, new LinuxSpec { UidMappings = users, GidMappings = groups });
            return HostFile.Open(
                string.Create(CultureInfo.InvariantCulture, $"/proc/{launch.Process.ProcessId}/ns/user"), HostFile.ReadOnly);
        }
        finally
        {
            launch.Abandon();
            launch.Process.PidFd.Dispose();
        }
    }
}
