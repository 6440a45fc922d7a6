using System.Runtime.CompilerServices;
using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>FXSAVE, XSAVE and relatives. Source: Intel SDM vol. 1, 10.5 and 13.4 to 13.10.</summary>
// SAFETY: op is an operation of the running block; buffers are as long as the state they hold.
internal static unsafe class StateArea
{
    private const int LegacyBytes = 512;
    private const int HeaderBytes = 64;
    private const int AvxBytes = 256;
    private const int AvxOffset = LegacyBytes + HeaderBytes;
    private const uint MxcsrMask = 0xFFFF;
    private const uint InitialMxcsr = 0x1F80;
    private const ulong Compacted = 1ul << 63; // in XCOMP_BV

    internal static Op* LoadMxcsr(Cpu c, Op* op)
    {
        if (!c.Read(op, c.Ea(op), out uint value))
        {
            return null;
        }

        if ((value & ~MxcsrMask) != 0)
        {
            return c.Fault(op, Vec.GP);
        }

        c.Mxcsr = value;
        return op + 1;
    }

    internal static Op* StoreMxcsr(Cpu c, Op* op) => c.Write(op, c.Ea(op), c.Mxcsr) ? op + 1 : null;

    /// <summary>Writes the x87 part and MXCSR_MASK of the legacy area.</summary>
    private static void PutX87(Cpu c, byte* area, bool wide)
    {
        *(ushort*)area = c.FpuControl;
        *(ushort*)(area + 2) = c.FpuStatus;
        area[4] = c.FpuTags;
        area[5] = 0;
        *(ushort*)(area + 6) = c.FpuOpcode;
        *(ulong*)(area + 8) = wide ? c.FpuInstruction : (uint)c.FpuInstruction;
        *(ulong*)(area + 16) = wide ? c.FpuData : (uint)c.FpuData;
        int top = (c.FpuStatus >> 11) & 7;
        for (int i = 0; i < 8; i++)
        {
            ref FloatingPointRegister r = ref c.Fp[(top + i) & 7];
            *(ulong*)(area + 32 + (i * 16)) = r.Significand;
            *(ulong*)(area + 40 + (i * 16)) = r.SignExponent;
        }
    }

    private static void GetX87(Cpu c, byte* area, bool wide)
    {
        c.FpuControl = (ushort)((*(ushort*)area & 0x1F7F) | 0x40);
        c.FpuStatus = *(ushort*)(area + 2);
        c.FpuTags = area[4];
        c.FpuOpcode = (ushort)(*(ushort*)(area + 6) & 0x7FF);
        c.FpuInstruction = wide ? Linear(*(ulong*)(area + 8)) : *(uint*)(area + 8);
        c.FpuData = wide ? Linear(*(ulong*)(area + 16)) : *(uint*)(area + 16);
        int top = (c.FpuStatus >> 11) & 7;
        for (int i = 0; i < 8; i++)
        {
            ref FloatingPointRegister r = ref c.Fp[(top + i) & 7];
            r.Significand = *(ulong*)(area + 32 + (i * 16));
            r.SignExponent = *(ushort*)(area + 40 + (i * 16));
        }

        c.UpdateFpuSummary();
    }

    // As many bits as linear addresses have; the highest fills the rest.
    private static ulong Linear(ulong address) => (ulong)((long)(address << 16) >> 16);

    private static int VectorCount(Cpu c) => c.Code64 ? 16 : 8;

    private static void PutVectors(Cpu c, byte* area, int half)
    {
        for (int i = 0; i < VectorCount(c); i++)
        {
            *(ulong*)(area + (i * 16)) = c.V[(i * 4) + half];
            *(ulong*)(area + (i * 16) + 8) = c.V[(i * 4) + half + 1];
        }
    }

    private static void GetVectors(Cpu c, byte* area, int half)
    {
        for (int i = 0; i < VectorCount(c); i++)
        {
            c.V[(i * 4) + half] = *(ulong*)(area + (i * 16));
            c.V[(i * 4) + half + 1] = *(ulong*)(area + (i * 16) + 8);
        }
    }

    // The manual leaves open how wide the check of these areas is; current processors look at four bytes before they look at the rest.
    private static bool Unaligned(Cpu c, Op* op, ulong at)
    {
        bool check = c.ChecksAlignment && c.IsCanonical(at) && (at & 3) != 0;
        return c.Raise(op, check ? Vec.AC : Vec.GP, 0);
    }

    // The last byte is touched before the first, and looked for in the segment by itself.
    private static bool LastByte(Cpu c, Op* op, int size)
    {
        byte last;
        ulong end = c.PartLinear(op, size - 1, 1);
        return op->Writes ? c.CheckWrite(op, end, 1) : c.ReadBytes(op, end, &last, 1);
    }

    // An address that is none comes before alignment.
    private static bool LegacyArea(Cpu c, Op* op, out ulong at)
    {
        at = c.Ea(op);
        if (c.IsCanonical(at) && c.IsCanonical(at + LegacyBytes - 1) && (at & 15) != 0)
        {
            return Unaligned(c, op, at);
        }

        return LastByte(c, op, LegacyBytes);
    }

    internal static Op* FxSave(Cpu c, Op* op)
    {
        if (!LegacyArea(c, op, out ulong at))
        {
            return null;
        }

        byte* area = stackalloc byte[LegacyBytes];
        if (!c.CheckWrite(op, at, LegacyBytes) || !c.ReadBytes(op, at, area, LegacyBytes))
        {
            return null;
        }

        PutX87(c, area, op->Extra == 1);
        PutMxcsr(c, area);
        PutVectors(c, area + 160, 0);
        return c.WriteBytes(op, at, area, LegacyBytes) ? op + 1 : null;
    }

    internal static Op* FxRestore(Cpu c, Op* op)
    {
        if (!LegacyArea(c, op, out ulong at))
        {
            return null;
        }

        byte* area = stackalloc byte[LegacyBytes];
        if (!c.ReadBytes(op, at, area, LegacyBytes))
        {
            return null;
        }

        if ((*(uint*)(area + 24) & ~MxcsrMask) != 0)
        {
            return c.Fault(op, Vec.GP);
        }

        GetX87(c, area, op->Extra == 1);
        c.Mxcsr = *(uint*)(area + 24);
        GetVectors(c, area + 160, 0);
        return op + 1;
    }

    private static bool Usable(Cpu c, Op* op, out ulong at, out ulong mask)
    {
        at = 0;
        mask = 0;
        if ((c.Cr4 & Cr.OSXSAVE) == 0)
        {
            return c.Raise(op, Vec.UD, 0);
        }

        if ((c.Cr0 & Cr.TS) != 0)
        {
            return c.Raise(op, Vec.NM, 0);
        }

        at = c.Ea(op);
        if ((at & 63) != 0)
        {
            return Unaligned(c, op, at);
        }

        mask = ((uint)c.Reg(Rg.AX) | (c.Reg(Rg.DX) << 32)) & c.Xcr0;
        return true;
    }

    internal static Op* XSave(Cpu c, Op* op) => Save(c, op, false);

    internal static Op* XSaveOptimized(Cpu c, Op* op) => Save(c, op, true);

    private static Op* Save(Cpu c, Op* op, bool optimized)
    {
        if (!Usable(c, op, out ulong at, out ulong mask))
        {
            return null;
        }

        int size = AvxOffset + ((mask & 4) != 0 ? AvxBytes : 0);
        byte* area = stackalloc byte[AvxOffset + AvxBytes];
        if (!LastByte(c, op, size) || !c.CheckWrite(op, at, size) || !c.ReadBytes(op, at, area, size))
        {
            return null;
        }

        ulong used = c.XInUse();
        Put(c, op, area, optimized ? mask & used : mask);
        if ((mask & 6) != 0)
        {
            PutMxcsr(c, area);
        }

        *(ulong*)(area + LegacyBytes) = (*(ulong*)(area + LegacyBytes) & ~mask) | (mask & used);
        return c.WriteBytes(op, at, area, size) ? op + 1 : null;
    }

    /// <summary>XSAVEC: what is in use, one component behind the other. With AVX as the last one the places are those of the standard format.</summary>
    internal static Op* XSaveCompacted(Cpu c, Op* op)
    {
        if (!Usable(c, op, out ulong at, out ulong mask))
        {
            return null;
        }

        int size = AvxOffset + ((mask & 4) != 0 ? AvxBytes : 0);
        byte* area = stackalloc byte[AvxOffset + AvxBytes];
        if (!LastByte(c, op, size) || !c.CheckWrite(op, at, size) || !c.ReadBytes(op, at, area, size))
        {
            return null;
        }

        ulong stored = mask & c.XInUse();
        Put(c, op, area, stored);
        if ((stored & 2) != 0)
        {
            PutMxcsr(c, area);
        }

        *(ulong*)(area + LegacyBytes) = stored;
        *(ulong*)(area + LegacyBytes + 8) = mask | Compacted;
        return c.WriteBytes(op, at, area, size) ? op + 1 : null;
    }

    private static void PutMxcsr(Cpu c, byte* area)
    {
        *(uint*)(area + 24) = c.Mxcsr;
        *(uint*)(area + 28) = MxcsrMask;
    }

    private static void Put(Cpu c, Op* op, byte* area, ulong stored)
    {
        if ((stored & 1) != 0)
        {
            PutX87(c, area, op->Extra == 1);
        }

        if ((stored & 2) != 0)
        {
            PutVectors(c, area + 160, 0);
        }

        if ((stored & 4) != 0)
        {
            PutVectors(c, area + AvxOffset, 2);
        }
    }

    internal static Op* XRestore(Cpu c, Op* op)
    {
        if (!Usable(c, op, out ulong at, out ulong mask))
        {
            return null;
        }

        byte* area = stackalloc byte[AvxOffset + AvxBytes];
        if (!LastByte(c, op, BytesToRestore(c, op, area, mask)) || !c.ReadBytes(op, at, area, AvxOffset))
        {
            return null;
        }

        ulong present = *(ulong*)(area + LegacyBytes);
        ulong format = *(ulong*)(area + LegacyBytes + 8);
        bool compacted = (format & Compacted) != 0;
        bool sound = compacted ? IsSoundCompacted(c, area, present, format & ~Compacted)
            : format == 0 && (present & ~c.Xcr0) == 0 && *(ulong*)(area + LegacyBytes + 16) == 0;
        bool loadsMxcsr = compacted ? (mask & present & 2) != 0 : (mask & 6) != 0;
        bool refused = loadsMxcsr && (*(uint*)(area + 24) & ~MxcsrMask) != 0;
        if (sound && refused && compacted)
        {
            // Processors come upon it between the registers of SSE and those of AVX, and leave what they loaded.
            Restore(c, op, area, mask & ~(present & 4), present);
        }

        if (!sound || refused)
        {
            return c.Fault(op, Vec.GP);
        }

        if ((mask & present & 4) != 0 && !c.ReadBytes(op, at + AvxOffset, area + AvxOffset, AvxBytes))
        {
            return null;
        }

        if (compacted && (mask & 2) != 0)
        {
            c.Mxcsr = loadsMxcsr ? *(uint*)(area + 24) : InitialMxcsr;
        }
        else if (loadsMxcsr)
        {
            c.Mxcsr = *(uint*)(area + 24);
        }

        Restore(c, op, area, mask, present);
        return op + 1;
    }

    // A compacted area ends where its own last component does; one whose header cannot be read is taken for the other kind.
    private static int BytesToRestore(Cpu c, Op* op, byte* area, ulong mask)
    {
        bool read = c.ReadBytes(op, c.PartLinear(op, LegacyBytes, HeaderBytes), area + LegacyBytes, HeaderBytes);
        c.Faulted = false;
        ulong format = read ? *(ulong*)(area + LegacyBytes + 8) : 0;
        ulong components = (format & Compacted) != 0 ? mask & format : mask;
        return AvxOffset + ((components & 4) != 0 ? AvxBytes : 0);
    }

    private static bool IsSoundCompacted(Cpu c, byte* area, ulong present, ulong components)
    {
        ulong rest = 0;
        for (int at = 16; at < HeaderBytes; at += 8)
        {
            rest |= *(ulong*)(area + LegacyBytes + at);
        }

        return (components & ~c.Xcr0) == 0 && (present & ~components) == 0 && rest == 0;
    }

    private static void Restore(Cpu c, Op* op, byte* area, ulong mask, ulong present)
    {
        if ((mask & 1) != 0)
        {
            if ((present & 1) != 0)
            {
                GetX87(c, area, op->Extra == 1);
            }
            else
            {
                // The initial configuration has zeros in the registers, which FNINIT leaves alone.
                c.InitializeFpu();
                for (int i = 0; i < 8; i++)
                {
                    c.Fp[i] = default;
                }
            }
        }

        if ((mask & 2) != 0)
        {
            if ((present & 2) == 0)
            {
                Unsafe.InitBlock(area + 160, 0, 256);
            }

            GetVectors(c, area + 160, 0);
        }

        if ((mask & 4) != 0)
        {
            if ((present & 4) == 0)
            {
                Unsafe.InitBlock(area + AvxOffset, 0, AvxBytes);
            }

            GetVectors(c, area + AvxOffset, 2);
        }
    }
}
