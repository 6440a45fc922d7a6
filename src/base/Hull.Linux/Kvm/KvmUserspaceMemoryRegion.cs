using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>Tells KVM which host memory backs a range of guest-physical addresses.</summary>
/// <remarks>Layout of struct kvm_userspace_memory_region, linux/kvm.h, 32 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct KvmUserspaceMemoryRegion
{
    /// <summary>Slot number; reusing one replaces the mapping.</summary>
    public uint Slot;

    /// <summary>KVM_MEM_* bits.</summary>
    public uint Flags;

    /// <summary>First guest-physical address; page aligned.</summary>
    public ulong GuestPhysAddr;

    /// <summary>Size in bytes; page aligned. 0 deletes the slot.</summary>
    public ulong MemorySize;

    /// <summary>Address of the backing memory in this process; page aligned.</summary>
    public ulong UserspaceAddr;
}
