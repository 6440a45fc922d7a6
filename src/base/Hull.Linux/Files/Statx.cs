using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>What statx answers. Layout of struct statx, linux/stat.h, 256 bytes; fields after the device numbers are unused.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
internal struct Statx
{
    internal uint Mask;
    internal uint BlockSize;
    internal ulong Attributes;
    internal uint Links;
    internal uint Uid;
    internal uint Gid;
    internal ushort Mode;
    internal ushort Spare0;
    internal ulong Inode;
    internal ulong Size;
    internal ulong Blocks;
    internal ulong AttributesMask;
    internal StatxTimestamp AccessTime;
    internal StatxTimestamp BirthTime;
    internal StatxTimestamp ChangeTime;
    internal StatxTimestamp ModificationTime;
    internal uint RdevMajor;
    internal uint RdevMinor;
    internal uint DevMajor;
    internal uint DevMinor;
}

/// <summary>Layout of struct statx_timestamp, linux/stat.h, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StatxTimestamp
{
    internal long Seconds;
    internal uint Nanoseconds;
    internal int Reserved;
}
