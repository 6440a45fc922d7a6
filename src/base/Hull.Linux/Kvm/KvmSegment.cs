using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>A segment register with its hidden part.</summary>
/// <remarks>Layout of struct kvm_segment, asm/kvm.h, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct KvmSegment
{
    /// <summary>Base address.</summary>
    public ulong Base;

    /// <summary>Limit in bytes.</summary>
    public uint Limit;

    /// <summary>Selector.</summary>
    public ushort Selector;

    /// <summary>Type, 4 bits.</summary>
    public byte Type;

    /// <summary>Present.</summary>
    public byte Present;

    /// <summary>Privilege level.</summary>
    public byte Dpl;

    /// <summary>Default size.</summary>
    public byte Db;

    /// <summary>Code or data.</summary>
    public byte S;

    /// <summary>64-bit code.</summary>
    public byte L;

    /// <summary>Granularity.</summary>
    public byte G;

    /// <summary>For the system's use.</summary>
    public byte Avl;

    /// <summary>Not usable: a null selector was loaded.</summary>
    public byte Unusable;

    /// <summary>Nothing.</summary>
    public byte Padding;
}
