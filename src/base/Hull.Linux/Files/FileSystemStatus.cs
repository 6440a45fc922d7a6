using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>What a file system has left. Layout of struct statfs on x86-64, bits/statfs.h, 120 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 120)]
public struct FileSystemStatus
{
    /// <summary>f_type.</summary>
    public long Type;

    /// <summary>Bytes of a block.</summary>
    public long BlockSize;

    /// <summary>Blocks in all.</summary>
    public ulong Blocks;

    /// <summary>Blocks that are free.</summary>
    public ulong BlocksFree;

    /// <summary>Blocks that are free for users without privileges.</summary>
    public ulong BlocksAvailable;

    /// <summary>Nodes in all.</summary>
    public ulong Files;

    /// <summary>Nodes that are free.</summary>
    public ulong FilesFree;

    /// <summary>f_fsid.</summary>
    public ulong Id;

    /// <summary>The longest name, bytes.</summary>
    public long NameLength;

    /// <summary>The size of fragments, bytes.</summary>
    public long FragmentSize;

    /// <summary>Mount flags.</summary>
    public long Flags;
}
