using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Hull.Cpu.Interpreter;

/// <summary>Vector instructions whose operand is a register, or memory that the TLB has; the rest goes to <see cref="VectorHandlers"/>.</summary>
// SAFETY: op is an operation of the running block; register numbers are below 16; Direct pointers lie in one writable RAM page.
internal static unsafe class VectorFast
{
    internal static Op* Register<TOp>(Cpu c, Op* op)
        where TOp : IVec
    {
        ref V a = ref VectorHandlers.Xmm(c, op->Dst);
        a = TOp.Apply(a, VectorHandlers.Xmm(c, op->Src), (int)op->Imm);
        return op + 1;
    }

    /// <summary>A memory operand of 16 bytes.</summary>
    internal static Op* Memory<TOp>(Cpu c, Op* op)
        where TOp : IVec
    {
        ulong at = c.Flat(op);
        if (op->Mode == 0 && ((op->Extra & 1) == 0 || (at & 15) == 0) && c.Hit(at, out V b))
        {
            ref V a = ref VectorHandlers.Xmm(c, op->Dst);
            a = TOp.Apply(a, b, (int)op->Imm);
            return op + 1;
        }

        return VectorHandlers.Sse<TOp>(c, op);
    }

    /// <summary>MOVSS, MOVSD, MOVQ from memory: the rest is cleared.</summary>
    internal static Op* Load<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        if (op->Mode == 0 && c.Hit(c.Flat(op), out T value))
        {
            VectorHandlers.Xmm(c, op->Dst) = Vector128.CreateScalar(Cpu.Widen(value)).AsByte();
            return op + 1;
        }

        return VectorHandlers.Sse<Whole>(c, op);
    }

    /// <summary>VMOVDQU and its like from 32 bytes of memory.</summary>
    internal static Op* LoadWide(Cpu c, Op* op)
    {
        ulong at = c.Flat(op);
        if (op->Mode == 0 && ((op->Extra & 1) == 0 || (at & 31) == 0) && c.Hit(at, out Vector256<byte> value))
        {
            // The halves of a register are neighbours.
            Unsafe.As<V, Vector256<byte>>(ref VectorHandlers.Xmm(c, op->Dst)) = value;
            return op + 1;
        }

        return VectorHandlers.Avx<Whole>(c, op);
    }

    /// <summary>Stores of the low 4 or 8 bytes, of all 16, or of 32.</summary>
    internal static Op* Store<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        ulong at = c.Flat(op);
        T* target;
        if (op->Mode == 0 && ((op->Extra & 1) == 0 || (at & (ulong)(sizeof(T) - 1)) == 0) && (target = c.Direct<T>(at)) != null)
        {
            Unsafe.WriteUnaligned(target, Unsafe.As<V, T>(ref VectorHandlers.Xmm(c, op->Dst)));
            return op + 1;
        }

        return VectorHandlers.Store(c, op);
    }
}
