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

    /// <summary>Whether a path on the host is a directory; null when there is nothing.</summary>
    public virtual bool? IsDirectory(string path) =>
        HostFile.TryStat(path, out HostFileStatus status) == Errno.None ? status.IsDirectory : null;

    /// <summary>The permission bits of a directory on the host, reached through no link; null when there is none.</summary>
    public virtual uint? PermissionsOf(string path) =>
        HostFile.TryStat(path, followLinks: false, out HostFileStatus status) == Errno.None && status.IsDirectory
            ? status.Mode & 0xfff
            : null;

    /// <summary>Asks the machine.</summary>
    public static HostFacts Ask()
    {
        return new HostFacts
        {
            Permitted = KernelProcess.Capabilities().Permitted,
            UserId = KernelProcess.EffectiveUserId,
            GroupId = KernelProcess.EffectiveGroupId,
        };
    }
}
