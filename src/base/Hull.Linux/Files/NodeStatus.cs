namespace Hull.Linux;

/// <summary>What the kernel knows of one file system node. Source: statx(2).</summary>
public readonly record struct NodeStatus
{
    /// <summary>Type and permission bits, as in st_mode.</summary>
    public uint Mode { get; init; }

    /// <summary>Names it has.</summary>
    public uint Links { get; init; }

    /// <summary>Its owner.</summary>
    public uint Uid { get; init; }

    /// <summary>Its group.</summary>
    public uint Gid { get; init; }

    /// <summary>The number of its file system.</summary>
    public ulong Device { get; init; }

    /// <summary>Its number in the file system.</summary>
    public ulong Inode { get; init; }

    /// <summary>Bytes.</summary>
    public ulong Size { get; init; }

    /// <summary>Blocks of 512 bytes.</summary>
    public ulong Blocks { get; init; }

    /// <summary>The size of block it likes, bytes.</summary>
    public uint BlockSize { get; init; }

    /// <summary>For device nodes: the major number.</summary>
    public uint RdevMajor { get; init; }

    /// <summary>For device nodes: the minor number.</summary>
    public uint RdevMinor { get; init; }

    /// <summary>When it was last read.</summary>
    public FileTime Accessed { get; init; }

    /// <summary>When its content changed.</summary>
    public FileTime Modified { get; init; }

    /// <summary>When its status changed.</summary>
    public FileTime Changed { get; init; }

    /// <summary>S_IFMT: the bits of <see cref="Mode"/> that say what it is.</summary>
    public const uint TypeMask = 0xF000;

    /// <summary>S_IFDIR.</summary>
    public const uint Directory = 0x4000;

    /// <summary>S_IFREG.</summary>
    public const uint Regular = 0x8000;

    /// <summary>S_IFLNK.</summary>
    public const uint Link = 0xA000;

    /// <summary>Whether it is a directory.</summary>
    public bool IsDirectory => (Mode & TypeMask) == Directory;

    /// <summary>Whether it is a regular file.</summary>
    public bool IsRegular => (Mode & TypeMask) == Regular;

    /// <summary>Whether it is a symbolic link.</summary>
    public bool IsLink => (Mode & TypeMask) == Link;
}
