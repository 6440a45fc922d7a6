using System.Runtime.InteropServices;

namespace Hull.Cpu.Interpreter;

/// <summary>RDRAND and RDSEED: the host's generator, which never runs dry. Source: Intel SDM vol. 2B.</summary>
// SAFETY: op is an operation of the running block.
internal static unsafe class Randomness
{
    internal static Op* Read(Cpu c, Op* op)
    {
        // Guids come from the kernel's generator; RandomNumberGenerator would load OpenSSL, which a jail does not have. Their
        // first six bytes are all random.
        const int RandomBits = 48;
        Span<ulong> words = stackalloc ulong[2];
        Guid.NewGuid().TryWriteBytes(MemoryMarshal.AsBytes(words));
        ulong value = words[0] << (64 - RandomBits);
        Guid.NewGuid().TryWriteBytes(MemoryMarshal.AsBytes(words));
        value ^= words[0] & ((1ul << RandomBits) - 1);
        c.SetSized(op->Dst, op->Size, value);
        c.StatusFlags = Rf.CF;
        return op + 1;
    }
}
