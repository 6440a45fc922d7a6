using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Cgroups;

namespace Hull.Runtime.Container.Checkpoint;

/// <summary>The mounts of a container whose content is the host's: an image names them, and restoring binds them again.</summary>
internal static class ExternalMounts
{
    private static readonly string[] s_devices = ["null", "zero", "full", "random", "urandom", "tty"];

    /// <summary>Where they are inside, and what is bound there.</summary>
    /// <param name="spec">The container's specification.</param>
    /// <param name="root">Its root's directory.</param>
    /// <param name="bundle">Its bundle's directory.</param>
    /// <param name="cgroup">Its cgroup; null for none.</param>
    internal static List<(string Destination, string Source)> List(RuntimeSpec spec, string root, string bundle, Cgroup? cgroup)
    {
        List<(string Destination, string Source)> all = [];
        for (int i = 0; i < (spec.Mounts?.Count ?? 0); i++)
        {
            MountSpec mount = spec.Mounts![i];
            if (IsBind(mount))
            {
                all.Add((Inside(root, mount.Destination), Path.GetFullPath(mount.Source ?? "", bundle)));
            }
            else if (mount.Type is "cgroup" or "cgroup2" && cgroup is not null)
            {
                AddCgroups(all, mount.Destination, cgroup);
            }
        }

        for (int i = 0; i < (spec.Linux?.MaskedPaths?.Count ?? 0); i++)
        {
            all.Add((Inside(root, spec.Linux!.MaskedPaths![i]), "/dev/null"));
        }

        if (spec.Linux?.Namespaces is { } namespaces && namespaces.Any(each => each.Type == "user"))
        {
            // Whoever is not root of the host cannot make devices: they are bound.
            all.AddRange(s_devices.Select(name => ("/dev/" + name, "/dev/" + name)));
            all.AddRange((spec.Linux.Devices ?? []).Select(device => (Inside(root, device.Path), device.Path)));
        }

        return all;
    }

    /// <summary>Makes the places of bind mounts that are gone since the container was saved; CRIU expects them.</summary>
    internal static void MakePlaces(RuntimeSpec spec, string root, string bundle)
    {
        List<(string Destination, string? Source)> before = [];
        foreach (MountSpec mount in spec.Mounts ?? [])
        {
            string? source = IsBind(mount) ? Path.GetFullPath(mount.Source ?? "", bundle) : null;
            string destination = Inside(root, mount.Destination);
            if (source is not null && HostFile.TryStat(source, out HostFileStatus status) == Errno.None)
            {
                MakePlace(root, before, destination, status.IsDirectory);
            }

            before.Add((destination.TrimEnd('/'), source));
        }
    }

    // A place below another bind mount lies in what is bound there; what is below a file system of the container's own
    // comes back with it.
    private static void MakePlace(string root, List<(string Destination, string? Source)> before, string destination, bool directory)
    {
        int outer = before.FindLastIndex(mount => destination.StartsWith(mount.Destination + "/", StringComparison.Ordinal));
        string? place = outer < 0 ? root : before[outer].Source;
        if (place is not null && HostFile.TryStat(place, out HostFileStatus status) == Errno.None && status.IsDirectory)
        {
            using FileDescriptor under = FileTree.OpenRoot(place);
            TargetMaker.Make(under, outer < 0 ? destination : destination[before[outer].Destination.Length..], directory);
        }
    }

    private static bool IsBind(MountSpec mount)
    {
        if (mount.Type == "bind")
        {
            return true;
        }

        for (int i = 0; i < (mount.Options?.Count ?? 0); i++)
        {
            if (mount.Options![i] is "bind" or "rbind")
            {
                return true;
            }
        }

        return false;
    }

    private static void AddCgroups(List<(string Destination, string Source)> all, string destination, Cgroup cgroup)
    {
        IReadOnlyList<CgroupHierarchy> hierarchies = CgroupHost.Current.Hierarchies;
        for (int i = 0; i < hierarchies.Count; i++)
        {
            if (cgroup.DirectoryIn(hierarchies[i]) is string directory)
            {
                bool only = hierarchies.Count == 1 && hierarchies[i].IsUnified;
                all.Add((only ? destination : $"{destination}/{Path.GetFileName(hierarchies[i].MountPoint)}", directory));
            }
        }
    }

    // Destinations go through links of the image, such as /var/run; CRIU knows mounts by where they really are.
    private static string Inside(string root, string path)
    {
        using FileDescriptor? file = HostFile.TryFindInRoot(root, path, followLast: true);
        string? real = file is null ? null : File.ResolveLinkTarget($"/proc/self/fd/{file.Number}", false)?.FullName;
        return real is not null && real.StartsWith(root + "/", StringComparison.Ordinal) ? real[root.Length..] : Path.GetFullPath(path, "/");
    }
}
