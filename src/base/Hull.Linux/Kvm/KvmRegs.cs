using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>The general registers as KVM orders them.</summary>
/// <remarks>Layout of struct kvm_regs, linux/kvm.h, 144 bytes: RAX, RBX, RCX, RDX, RSI, RDI, RSP, RBP, R8 to R15.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct KvmRegs
{
    /// <summary>RAX to R15 in KVM's order.</summary>
    public GeneralArray General;

    /// <summary>RIP.</summary>
    public ulong Rip;

    /// <summary>RFLAGS.</summary>
    public ulong Rflags;

    /// <summary>Sixteen registers.</summary>
    [InlineArray(16)]
    public struct GeneralArray
    {
        private ulong _first;
    }
}
