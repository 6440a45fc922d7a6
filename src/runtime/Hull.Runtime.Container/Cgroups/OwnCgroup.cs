using Hull.Linux;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>The cgroup of this process, in which a container stays whose user may make none. Source: cgroups(7), /proc/PID/cgroup.</summary>
internal static class OwnCgroup
{
    /// <summary>Its directory in a hierarchy; null where it cannot be reached from here.</summary>
    /// <param name="hierarchy">Which.</param>
    /// <param name="text">What <c>/proc/self/cgroup</c> says; null before it was read.</param>
    internal static string? DirectoryIn(CgroupHierarchy hierarchy, ref string? text)
    {
        if (text is null && KernelFile.ReadText("/proc/self/cgroup", out text) != Errno.None)
        {
            text = "";
        }

        return Find(hierarchy, text) is { } directory && KernelFile.Exists(directory) ? directory : null;
    }

    // One line per hierarchy: "4:memory:/path"; the unified one is "0::/path". Above this process's cgroup namespace the path has "..".
    private static string? Find(CgroupHierarchy hierarchy, string text)
    {
        foreach (string line in text.Split('\n'))
        {
            string[] fields = line.Split(':', 3);
            if (fields.Length == 3 && fields[1] == hierarchy.Key && !fields[2].StartsWith("/..", StringComparison.Ordinal))
            {
                return (hierarchy.MountPoint + fields[2]).TrimEnd('/');
            }
        }

        return null;
    }
}
