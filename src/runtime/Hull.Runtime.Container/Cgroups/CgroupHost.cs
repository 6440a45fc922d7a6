using Hull.Linux;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>What this machine has of cgroups: which hierarchies, where they are mounted, which controllers they have.</summary>
/// <remarks>
/// Source: cgroups(7), proc(5). Immutable and thread-safe. The usual mount points are probed first: the mount table of a busy
/// machine has thousands of lines, and reading it costs more than making all the cgroups of a container.
/// </remarks>
public sealed class CgroupHost
{
    private const string UsualRoot = "/sys/fs/cgroup";

    private const CgroupControllers AlwaysUnified = CgroupControllers.Devices | CgroupControllers.Freezer;

    private static readonly Lazy<CgroupHost> s_current = new(ReadCurrent);

    private readonly CgroupHierarchy[] _hierarchies;

    private CgroupHost(List<CgroupHierarchy> hierarchies)
    {
        // The memory hierarchy comes last, so that whoever joins them in order is charged as late as possible: a container
        // with a very small limit must not pay for joining the others.
        _hierarchies = [.. hierarchies];
        int memory = Array.FindIndex(_hierarchies, each => !each.IsUnified && each.Controllers.HasFlag(CgroupControllers.Memory));
        if (memory >= 0)
        {
            CgroupHierarchy moved = _hierarchies[memory];
            Array.Copy(_hierarchies, memory + 1, _hierarchies, memory, _hierarchies.Length - memory - 1);
            _hierarchies[^1] = moved;
        }

        Unified = Array.Find(_hierarchies, each => each.IsUnified);
        Layout = _hierarchies.Length == 0 ? CgroupLayout.None
            : Unified is null ? CgroupLayout.Legacy
            : _hierarchies.Length == 1 ? CgroupLayout.Unified
            : CgroupLayout.Hybrid;
    }

    /// <summary>This machine, read once per process.</summary>
    public static CgroupHost Current => s_current.Value;

    /// <summary>How the hierarchies are mounted.</summary>
    public CgroupLayout Layout { get; }

    /// <summary>All hierarchies; the version 1 memory hierarchy is the last one.</summary>
    public IReadOnlyList<CgroupHierarchy> Hierarchies => _hierarchies;

    /// <summary>The version 2 hierarchy; null when there is none.</summary>
    public CgroupHierarchy? Unified { get; }

    /// <summary>Reads a tree that looks like a machine's root: <c>proc/self/mountinfo</c>, <c>proc/self/cgroup</c>, <c>sys/fs/cgroup</c>.</summary>
    /// <param name="root">The directory that stands for <c>/</c>; mount points are looked up below it.</param>
    public static CgroupHost Read(string root)
    {
        ArgumentNullException.ThrowIfNull(root);
        string prefix = root.TrimEnd('/');
        _ = KernelFile.ReadText(prefix + "/proc/self/mountinfo", out string mounts);
        return new CgroupHost(FromMounts(prefix, mounts));
    }

    /// <summary>The hierarchy that has a controller; null when none has.</summary>
    public CgroupHierarchy? Find(CgroupControllers controller)
    {
        CgroupHierarchy? found = null;
        foreach (CgroupHierarchy each in _hierarchies)
        {
            if ((each.Controllers & controller) != 0 && (found is null || found.IsUnified))
            {
                found = each;
            }
        }

        return found;
    }

    private static CgroupHost ReadCurrent()
    {
        if (KernelFile.FileSystemType(UsualRoot) == KernelFile.Cgroup2Magic)
        {
            return new CgroupHost([UnifiedAt(UsualRoot)]);
        }

        if (KernelFile.ReadText("/proc/self/cgroup", out string own) == Errno.None
            && TryProbe(own, out List<CgroupHierarchy> hierarchies))
        {
            return new CgroupHost(hierarchies);
        }

        return Read("/");
    }

    // One line per hierarchy: "4:memory:/path"; the unified one is "0::/path".
    private static bool TryProbe(string own, out List<CgroupHierarchy> hierarchies)
    {
        hierarchies = [];
        foreach (ReadOnlySpan<char> line in own.AsSpan().EnumerateLines())
        {
            int first = line.IndexOf(':');
            int second = first < 0 ? -1 : line[(first + 1)..].IndexOf(':') + first + 1;
            if (second <= first)
            {
                continue;
            }

            ReadOnlySpan<char> list = line[(first + 1)..second];
            if (list.IsEmpty)
            {
                const string Beside = UsualRoot + "/unified";
                if (KernelFile.FileSystemType(Beside) == KernelFile.Cgroup2Magic)
                {
                    hierarchies.Add(UnifiedAt(Beside));
                }

                continue;
            }

            ReadOnlySpan<char> folder = list.StartsWith("name=") ? list["name=".Length..] : list;
            string mountPoint = $"{UsualRoot}/{folder}";
            if (KernelFile.FileSystemType(mountPoint) != KernelFile.CgroupMagic)
            {
                return false;
            }

            hierarchies.Add(Legacy(list, mountPoint));
        }

        return hierarchies.Count > 0;
    }

    private static List<CgroupHierarchy> FromMounts(string prefix, string mounts)
    {
        List<CgroupHierarchy> found = [];
        foreach (ReadOnlySpan<char> line in mounts.AsSpan().EnumerateLines())
        {
            int separator = line.IndexOf(" - cgroup");
            if (separator < 0)
            {
                continue;
            }

            // Before it: id, parent, device, root, mount point, options; after it: type, source, options of the file system.
            ReadOnlySpan<char> mountPoint = Field(line, 4);
            ReadOnlySpan<char> after = line[(separator + 3)..];
            ReadOnlySpan<char> type = Field(after, 0);
            if (type is "cgroup2")
            {
                AddOnce(found, UnifiedAt(prefix + Unescape(mountPoint)));
            }
            else if (type is "cgroup" && KeyOf(Field(after, 2)) is { Length: > 0 } key)
            {
                AddOnce(found, Legacy(key, prefix + Unescape(mountPoint)));
            }
        }

        return found;
    }

    // Super block options: "rw,cpu,cpuacct", "rw,xattr,name=systemd", "rw,xattr,release_agent=...,memory".
    private static string KeyOf(ReadOnlySpan<char> options)
    {
        string key = "";
        foreach (Range part in options.Split(','))
        {
            ReadOnlySpan<char> option = options[part];
            if (option.StartsWith("name=") || ControllerNames.Parse(option, ',') != CgroupControllers.None)
            {
                key = key.Length == 0 ? option.ToString() : $"{key},{option}";
            }
        }

        return key;
    }

    private static CgroupHierarchy Legacy(ReadOnlySpan<char> key, string mountPoint) =>
        new(key.ToString(), mountPoint, ControllerNames.Parse(key, ','), isUnified: false);

    private static CgroupHierarchy UnifiedAt(string mountPoint)
    {
        _ = KernelFile.ReadText(mountPoint + "/cgroup.controllers", out string list);
        CgroupControllers controllers = ControllerNames.Parse(list, ' ') | AlwaysUnified;
        if (controllers.HasFlag(CgroupControllers.Cpu))
        {
            controllers |= CgroupControllers.CpuAccounting;
        }

        return new CgroupHierarchy("", mountPoint, controllers, isUnified: true);
    }

    // A hierarchy may be mounted several times (bind mounts of containers); the first mount is the machine's own.
    private static void AddOnce(List<CgroupHierarchy> found, CgroupHierarchy hierarchy)
    {
        foreach (CgroupHierarchy each in found)
        {
            if (each.Key == hierarchy.Key)
            {
                return;
            }
        }

        found.Add(hierarchy);
    }

    private static ReadOnlySpan<char> Field(ReadOnlySpan<char> line, int index)
    {
        for (; index > 0; index--)
        {
            int space = line.IndexOf(' ');
            if (space < 0)
            {
                return [];
            }

            line = line[(space + 1)..];
        }

        int end = line.IndexOf(' ');
        return end < 0 ? line : line[..end];
    }

    // Blanks, tabs, line feeds and backslashes stand as \040, \011, \012 and \134: proc(5).
    private static string Unescape(ReadOnlySpan<char> path)
    {
        string text = path.ToString();
        return text.Contains('\\', StringComparison.Ordinal)
            ? text.Replace("\\040", " ", StringComparison.Ordinal).Replace("\\011", "\t", StringComparison.Ordinal)
                .Replace("\\012", "\n", StringComparison.Ordinal).Replace("\\134", "\\", StringComparison.Ordinal)
            : text;
    }
}
