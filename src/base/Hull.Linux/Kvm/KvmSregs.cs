using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>Segments, tables and control registers.</summary>
/// <remarks>Layout of struct kvm_sregs, asm/kvm.h, 312 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct KvmSregs
{
    /// <summary>CS.</summary>
    public KvmSegment Cs;

    /// <summary>DS.</summary>
    public KvmSegment Ds;

    /// <summary>ES.</summary>
    public KvmSegment Es;

    /// <summary>FS.</summary>
    public KvmSegment Fs;

    /// <summary>GS.</summary>
    public KvmSegment Gs;

    /// <summary>SS.</summary>
    public KvmSegment Ss;

    /// <summary>TR.</summary>
    public KvmSegment Tr;

    /// <summary>LDTR.</summary>
    public KvmSegment Ldt;

    /// <summary>GDTR's base.</summary>
    public ulong GdtBase;

    /// <summary>GDTR's limit, in the lowest 16 bits.</summary>
    public ulong GdtLimit;

    /// <summary>IDTR's base.</summary>
    public ulong IdtBase;

    /// <summary>IDTR's limit, in the lowest 16 bits.</summary>
    public ulong IdtLimit;

    /// <summary>CR0.</summary>
    public ulong Cr0;

    /// <summary>CR2.</summary>
    public ulong Cr2;

    /// <summary>CR3.</summary>
    public ulong Cr3;

    /// <summary>CR4.</summary>
    public ulong Cr4;

    /// <summary>CR8.</summary>
    public ulong Cr8;

    /// <summary>IA32_EFER.</summary>
    public ulong Efer;

    /// <summary>IA32_APIC_BASE.</summary>
    public ulong ApicBase;

    /// <summary>Interrupts given to KVM and not yet delivered.</summary>
    public BitmapArray InterruptBitmap;

    /// <summary>256 bits.</summary>
    [InlineArray(4)]
    public struct BitmapArray
    {
        private ulong _first;
    }
}
