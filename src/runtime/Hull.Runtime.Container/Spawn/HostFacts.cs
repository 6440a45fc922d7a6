using Hull.Linux;

namespace Hull.Runtime.Container.Spawn;

/// <summary>What the plan must know about the machine; a plain value in tests.</summary>
public record HostFacts
{
    /// <summary>The permitted capabilities of this process.</summary>
    public ulong Permitted { get; init; }

    /// <summary>Highest capability number the kernel knows.</summary>
    public int LastCapability { get; init; } = 40;

    /// <summary>Effective user id of this process.</summary>
    public uint UserId { get; init; }

    /// <summary>Effective group id of this process.</summary>
    public uint GroupId { get; init; }

    /// <summary>Whether this process's root is the root of a user namespace, who may make no devices.</summary>
    public bool IsInUserNamespace { get; init; }

    /// <summary>Whether the kernel uses AppArmor: one that has it built in may use another security module instead.</summary>
    public virtual bool HasAppArmor =>
        KernelFile.ReadText("/sys/module/apparmor/parameters/enabled", out string enabled) == Errno.None && enabled.StartsWith('Y');

    /// <summary>Whether a path on the host is a directory; null when there is nothing.</summary>
    public virtual bool? IsDirectory(string path) =>
        HostFile.TryStat(path, out HostFileStatus status) == Errno.None ? status.IsDirectory : null;

    /// <summary>The permission bits of a directory below a root, whose links do not lead out of it; null when there is none.</summary>
    public virtual uint? PermissionsOf(string root, string path) =>
        HostFile.TryStatInRoot(root, path, out HostFileStatus status) == Errno.None && status.IsDirectory
            ? status.Mode & 0xfff
            : null;

    /// <summary>Where whole proc and sysfs file systems are mounted, not just parts of them.</summary>
    public virtual IReadOnlyList<string> WholeKernelMounts()
    {
        List<string> found = [];
        _ = KernelFile.ReadText("/proc/self/mountinfo", out string mounts);
        foreach (string line in mounts.Split('\n'))
        {
            // Id, parent, device, root, mount point, options, optional fields, "-", type: proc(5).
            string[] fields = line.Split(' ');
            int dash = Array.IndexOf(fields, "-");
            if (dash > 4 && fields[3] == "/" && fields[dash + 1] is "proc" or "sysfs")
            {
                found.Add(fields[4]);
            }
        }

        return found;
    }

    /// <summary>Asks the machine.</summary>
    public static HostFacts Ask()
    {
        return new HostFacts
        {
            Permitted = KernelProcess.Capabilities().Permitted,
            UserId = KernelProcess.EffectiveUserId,
            GroupId = KernelProcess.EffectiveGroupId,
            IsInUserNamespace = OwnUserNamespace.IsNested,
        };
    }
}
