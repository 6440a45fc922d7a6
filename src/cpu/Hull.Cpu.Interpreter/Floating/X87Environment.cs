using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>FSTENV, FLDENV, FSAVE and FRSTOR in their four layouts. Source: Intel SDM vol. 1, 8.1.10.</summary>
/// <remarks>Size = operand size (2 or 4); Aux = 1 with the registers.</remarks>
// SAFETY: op is an operation of the running block; buffers are 108 bytes, the largest layout.
internal static unsafe class X87Environment
{
    private const int RegisterBytes = 80;

    private static int EnvironmentBytes(Op* op) => op->Size == 2 ? 14 : 28;

    private static ushort FullTags(Cpu c)
    {
        int tags = 0;
        for (int i = 0; i < 8; i++)
        {
            Real value = Real.FromRegister(c.Fp[i]);
            int tag = (c.FpuTags >> i & 1) == 0 ? 3
                : value.IsZero ? 1
                : value.IsFinite && !value.IsDenormal ? 0 : 2;
            tags |= tag << (2 * i);
        }

        return (ushort)tags;
    }

    private static void Put(Op* op, byte* area, int index, uint value)
    {
        if (op->Size == 2)
        {
            *(ushort*)(area + (index * 2)) = (ushort)value;
        }
        else
        {
            *(uint*)(area + (index * 4)) = value;
        }
    }

    private static uint Get(Op* op, byte* area, int index) => op->Size == 2 ? *(ushort*)(area + (index * 2)) : *(uint*)(area + (index * 4));

    private static bool First(Cpu c, Op* op, ulong at) => op->Size == 2 ? c.Read<ushort>(op, at, out _) : c.Read<uint>(op, at, out _);

    private static bool FirstForWrite(Cpu c, Op* op, ulong at) =>
        op->Size == 2 ? c.RmwBegin<ushort>(op, at, out _) : c.RmwBegin<uint>(op, at, out _);

    internal static Op* Store(Cpu c, Op* op)
    {
        byte* area = stackalloc byte[28 + RegisterBytes];
        const uint Rest = 0xFFFF0000;
        Put(op, area, 0, c.FpuControl | Rest);
        Put(op, area, 1, c.FpuStatus | Rest);
        Put(op, area, 2, FullTags(c) | Rest);
        uint instruction = (uint)c.FpuInstruction;
        uint data = (uint)c.FpuData;
        bool real = c.RealOrVirtual;
        uint high = op->Size == 2 ? 0xF0000u : 0xFFFF0000u;
        Put(op, area, 3, real && op->Size == 4 ? Rest | (ushort)instruction : instruction);
        Put(op, area, 4, real ? ((instruction & high) >> 4) | c.FpuOpcode : op->Size == 2 ? 0 : (uint)c.FpuOpcode << 16);
        Put(op, area, 5, real && op->Size == 4 ? Rest | (ushort)data : data);
        Put(op, area, 6, real ? (data & high) >> 4 : Rest);
        int size = EnvironmentBytes(op);
        if (op->Aux == 1)
        {
            for (int i = 0; i < 8; i++)
            {
                *(ulong*)(area + size + (i * 10)) = c.St(i).Significand;
                *(ushort*)(area + size + (i * 10) + 8) = c.St(i).SignExponent;
            }

            size += RegisterBytes;
        }

        ulong at = c.PartLinear(op, 0, op->Size);
        if (!FirstForWrite(c, op, at) || !c.CheckWrite(op, c.PartLinear(op, size - 1, 1), 1) || !c.WriteBytes(op, at, area, size))
        {
            return null;
        }

        if (op->Aux == 1)
        {
            c.InitializeFpu();
        }
        else
        {
            c.FpuControl |= 0x3F;
            c.UpdateFpuSummary();
        }

        return op + 1;
    }

    internal static Op* Load(Cpu c, Op* op)
    {
        byte* area = stackalloc byte[28 + RegisterBytes];
        int size = EnvironmentBytes(op);
        int bytes = size + (op->Aux == 1 ? RegisterBytes : 0);
        ulong at = c.PartLinear(op, 0, op->Size);

        // First and last byte are touched before all others: it is their faults that are reported.
        if (!X87Moves.Ready(c, op) || !First(c, op, at) || !c.ReadBytes(op, c.PartLinear(op, bytes - 1, 1), area, 1) || !c.ReadBytes(op, at, area, bytes))
        {
            return null;
        }

        c.FpuControl = (ushort)((Get(op, area, 0) & 0x1F7F) | 0x40);
        c.FpuStatus = (ushort)Get(op, area, 1);
        uint tags = Get(op, area, 2);
        c.FpuTags = 0;
        for (int i = 0; i < 8; i++)
        {
            c.FpuTags |= (byte)((tags >> (2 * i) & 3) == 3 ? 0 : 1 << i);
        }

        c.FpuInstruction = Get(op, area, 3);
        c.FpuData = Get(op, area, 5);
        uint second = Get(op, area, 4);
        if (c.RealOrVirtual)
        {
            c.FpuInstruction = (ushort)c.FpuInstruction | ((ulong)(second & 0xFFFF000) << 4);
            c.FpuData = (ushort)c.FpuData | ((ulong)(Get(op, area, 6) & 0xFFFF000) << 4);
            c.FpuOpcode = (ushort)(second & 0x7FF);
        }
        else
        {
            c.FpuOpcode = (ushort)(op->Size == 2 ? 0 : second >> 16 & 0x7FF);
        }

        for (int i = 0; i < 8 && op->Aux == 1; i++)
        {
            c.St(i) = new FloatingPointRegister
            {
                Significand = *(ulong*)(area + size + (i * 10)),
                SignExponent = *(ushort*)(area + size + (i * 10) + 8),
            };
        }

        c.UpdateFpuSummary();
        return op + 1;
    }
}
