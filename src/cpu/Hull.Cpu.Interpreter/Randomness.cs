using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Hull.Cpu.Interpreter;

/// <summary>RDRAND and RDSEED: the host's generator, which never runs dry. Source: Intel SDM vol. 2B.</summary>
// SAFETY: op is an operation of the running block.
internal static unsafe class Randomness
{
    internal static Op* Read(Cpu c, Op* op)
    {
        ulong value = 0;
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(new Span<ulong>(ref value)));
        c.SetSized(op->Dst, op->Size, value);
        c.StatusFlags = Rf.CF;
        return op + 1;
    }
}
