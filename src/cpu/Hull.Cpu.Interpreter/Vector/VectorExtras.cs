using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Hull.Cpu.Interpreter;

/// <summary>Instructions with XMM0 as a hidden third operand.</summary>
// SAFETY: op is an operation of the running block.
internal static unsafe class VectorExtras
{
    /// <summary>PBLENDVB, BLENDVPS, BLENDVPD by Aux.</summary>
    internal static Op* BlendVariable(Cpu c, Op* op)
    {
        if (!VectorHandlers.Source(c, op, out Vector128<byte> b))
        {
            return null;
        }

        ref Vector128<byte> a = ref VectorHandlers.Xmm(c, op->Dst);
        Vector128<byte> mask = VectorHandlers.Xmm(c, 0);
        a = op->Aux switch
        {
            0 => Sse41.BlendVariable(a, b, mask),
            1 => Sse41.BlendVariable(a.AsSingle(), b.AsSingle(), mask.AsSingle()).AsByte(),
            _ => Sse41.BlendVariable(a.AsDouble(), b.AsDouble(), mask.AsDouble()).AsByte(),
        };
        return op + 1;
    }

    internal static Op* Sha256Rounds(Cpu c, Op* op)
    {
        if (!VectorHandlers.Source(c, op, out Vector128<byte> b))
        {
            return null;
        }

        ref Vector128<byte> a = ref VectorHandlers.Xmm(c, op->Dst);
        a = Sha.Rounds2(a, b, VectorHandlers.Xmm(c, 0));
        return op + 1;
    }
}
