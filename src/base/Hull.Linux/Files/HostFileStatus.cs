namespace Hull.Linux;

/// <summary>What a file is. Source: stat(2).</summary>
/// <param name="Mode">Type and permission bits.</param>
/// <param name="Uid">Owner.</param>
/// <param name="Gid">Group.</param>
/// <param name="Inode">Inode number.</param>
/// <param name="Device">Device it lies on.</param>
/// <param name="DeviceNumber">Which device it is, for device files.</param>
/// <param name="Size">Size in bytes.</param>
public readonly record struct HostFileStatus(
    uint Mode, uint Uid, uint Gid, ulong Inode, ulong Device, ulong DeviceNumber, long Size)
{
    private const uint TypeMask = 0xf000;

    /// <summary>Whether it is a directory.</summary>
    public bool IsDirectory => (Mode & TypeMask) == 0x4000;

    /// <summary>Whether it is a regular file.</summary>
    public bool IsRegular => (Mode & TypeMask) == 0x8000;

    /// <summary>Whether it is a character device.</summary>
    public bool IsCharacterDevice => (Mode & TypeMask) == 0x2000;

    /// <summary>Whether it is a block device.</summary>
    public bool IsBlockDevice => (Mode & TypeMask) == 0x6000;

    /// <summary>Whether it is a symbolic link.</summary>
    public bool IsLink => (Mode & TypeMask) == 0xa000;

    /// <summary>The major number of <see cref="DeviceNumber"/>.</summary>
    public uint Major => (uint)(((DeviceNumber >> 32) & 0xfffff000) | ((DeviceNumber >> 8) & 0xfff));

    /// <summary>The minor number of <see cref="DeviceNumber"/>.</summary>
    public uint Minor => (uint)(((DeviceNumber >> 12) & 0xffffff00) | (DeviceNumber & 0xff));
}
