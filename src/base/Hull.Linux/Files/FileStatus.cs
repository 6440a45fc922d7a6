namespace Hull.Linux;

/// <summary>What the kernel says of a file. Source: statx(2).</summary>
public readonly record struct FileStatus
{
    /// <summary>The file type bits of a mode.</summary>
    public const uint TypeMask = 0xF000;

    /// <summary>S_IFIFO.</summary>
    public const uint Fifo = 0x1000;

    /// <summary>S_IFCHR.</summary>
    public const uint CharacterDevice = 0x2000;

    /// <summary>S_IFDIR.</summary>
    public const uint Directory = 0x4000;

    /// <summary>S_IFBLK.</summary>
    public const uint BlockDevice = 0x6000;

    /// <summary>S_IFREG.</summary>
    public const uint Regular = 0x8000;

    /// <summary>S_IFLNK.</summary>
    public const uint SymbolicLink = 0xA000;

    /// <summary>S_IFSOCK.</summary>
    public const uint Socket = 0xC000;

    /// <summary>Type and permission bits.</summary>
    public uint Mode { get; init; }

    /// <summary>The type bits alone, one of the constants here.</summary>
    public uint Type => Mode & TypeMask;

    /// <summary>The permission bits alone, with set-user, set-group and sticky.</summary>
    public uint Permissions => Mode & 0xFFF;

    /// <summary>Owning user.</summary>
    public uint Uid { get; init; }

    /// <summary>Owning group.</summary>
    public uint Gid { get; init; }

    /// <summary>Bytes; for a symbolic link the length of its target.</summary>
    public long Size { get; init; }

    /// <summary>Bytes that occupy the disk.</summary>
    public long AllocatedBytes { get; init; }

    /// <summary>Names this file has.</summary>
    public uint Links { get; init; }

    /// <summary>Number of the file in its file system.</summary>
    public ulong Inode { get; init; }

    /// <summary>Which file system it is on.</summary>
    public ulong Device { get; init; }

    /// <summary>Major number of the device it stands for.</summary>
    public uint DeviceMajor { get; init; }

    /// <summary>Minor number of the device it stands for.</summary>
    public uint DeviceMinor { get; init; }

    /// <summary>When its content changed last.</summary>
    public FileTime Modified { get; init; }

    /// <summary>Whether this is overlay's mark for a deleted name: a character device 0:0.</summary>
    public bool IsWhiteout => Type == CharacterDevice && DeviceMajor == 0 && DeviceMinor == 0;

    internal static FileStatus From(in Statx s) => new()
    {
        Mode = s.Mode,
        Uid = s.Uid,
        Gid = s.Gid,
        Size = (long)s.Size,
        AllocatedBytes = (long)s.Blocks * 512,
        Links = s.Links,
        Inode = s.Inode,
        Device = ((ulong)s.DevMajor << 32) | s.DevMinor,
        DeviceMajor = s.RdevMajor,
        DeviceMinor = s.RdevMinor,
        Modified = new FileTime(s.ModificationTime.Seconds, s.ModificationTime.Nanoseconds),
    };
}
