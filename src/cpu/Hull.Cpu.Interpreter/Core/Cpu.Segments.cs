using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>Segment registers and descriptors. Source: Intel SDM vol. 3A, chapters 3 and 5.</summary>
// SAFETY: see Cpu.cs; stack buffers here are as long as what is put into them.
internal sealed unsafe partial class Cpu
{
    internal const ushort AttrPresent = 0x80, AttrS = 0x10, AttrCode = 8, AttrConforming = 4, AttrWritable = 2, AttrAccessed = 1;
    internal const ushort AttrLong = 0x2000, AttrBig = 0x4000;
    private const ulong BadLinear = 1ul << 62;

    private int _segmentFault;

    internal bool RealOrVirtual => (Cr0 & Cr.PE) == 0 || (FlagsRest & Rf.VM) != 0;

    /// <summary>Base plus offset with the checks of legacy modes; a violation yields an address that no memory path accepts.</summary>
    internal ulong CheckedLinear(int segment, ulong offset, int bytes, bool write)
    {
        ref SegmentState s = ref Seg[segment];
        ulong last = offset + (ulong)Math.Max(bytes, 1) - 1;
        bool down = (s.Attributes & (AttrCode | 4)) == 4;
        ulong top = (s.Attributes & AttrBig) != 0 ? uint.MaxValue : 0xFFFFu;
        // A segment of 4 GiB has no end: an access may wrap around it.
        bool outside = down ? offset <= s.Limit || last > top : last > s.Limit && s.Limit != uint.MaxValue;
        bool rights = RealOrVirtual
            || ((s.Attributes & AttrPresent) != 0
                && (write ? (s.Attributes & (AttrCode | AttrWritable)) == AttrWritable
                    : (s.Attributes & (AttrCode | AttrWritable)) != AttrCode));
        if (outside || !rights)
        {
            _segmentFault = segment == Sr.SS ? Vec.SS : Vec.GP;
            return BadLinear | ((s.Base + offset) & 0xFFF); // alignment is looked at before limits and rights
        }

        return (uint)(s.Base + offset);
    }

    /// <summary>Reads a part of a memory operand of two parts; each wraps at the address size and is checked by itself.</summary>
    internal bool ReadPart(Op* op, int delta, int bytes, out ulong value)
    {
        ulong offset = Offset(op) + (ulong)delta;
        offset = (op->Mode & AddressMode.Wrap32) != 0 ? (uint)offset : (op->Mode & AddressMode.Wrap16) != 0 ? (ushort)offset : offset;
        ulong address = (op->Mode & AddressMode.Check) != 0 ? CheckedLinear(op->Segment, offset, bytes, false)
            : (op->Mode & AddressMode.Base) != 0 ? offset + Seg[op->Segment].Base
            : offset;
        ulong buffer = 0;
        bool done = ReadBytes(op, address, &buffer, bytes);
        value = buffer;
        return done;
    }

    internal ulong StringLinear(int segment, ulong offset, int bytes, bool write) => !Code64
        ? CheckedLinear(segment, offset, bytes, write)
        : segment >= Sr.FS ? offset + Seg[segment].Base : offset;

    internal ulong StackLinear(Op* op, ulong offset, int bytes, bool write)
    {
        op->Segment = Sr.SS;
        return CheckedLinear(Sr.SS, offset, bytes, write);
    }

    internal static SegmentState Unpack(ulong descriptor, ushort selector)
    {
        uint limit = (uint)(descriptor & 0xFFFF) | (uint)((descriptor >> 32) & 0xF0000);
        ushort attributes = (ushort)((descriptor >> 40) & 0xF0FF);
        return new SegmentState
        {
            Base = ((descriptor >> 16) & 0xFFFFFF) | ((descriptor >> 56) << 24),
            Limit = (attributes & 0x8000) != 0 ? (limit << 12) | 0xFFF : limit,
            Attributes = attributes,
            Selector = selector,
        };
    }

    internal static int Dpl(ulong descriptor) => (int)(descriptor >> 45) & 3;

    internal bool Raise(Op* op, int vector, uint error)
    {
        Fault(op, vector, error);
        return false;
    }

    /// <summary>Where a selector's descriptor lies; false when it is outside its table.</summary>
    internal bool DescriptorAddress(ushort selector, int bytes, out ulong address)
    {
        bool local = (selector & 4) != 0;
        ulong limit = local ? Ldtr.Limit : Gdtr.Limit;
        ulong offset = selector & 0xFFF8u;
        address = (local ? Ldtr.Base : Gdtr.Base) + offset;
        return offset + (ulong)bytes - 1 <= limit && (!local || (Ldtr.Attributes & AttrPresent) != 0);
    }

    internal bool ReadDescriptor(Op* op, ushort selector, int vector, out ulong descriptor, out ulong address)
    {
        descriptor = 0;
        if (!DescriptorAddress(selector, 8, out address))
        {
            return Raise(op, vector, selector & 0xFFFCu);
        }

        if (!ReadSystem(address, out descriptor))
        {
            FaultOp = op;
            return false;
        }

        return true;
    }

    /// <summary>Sets a descriptor's accessed bit, in its table too.</summary>
    /// <returns>False when the table cannot be written.</returns>
    internal bool MarkAccessed(Op* op, ulong address, ref ulong descriptor)
    {
        if ((descriptor & (1ul << 40)) != 0)
        {
            return true;
        }

        descriptor |= 1ul << 40;
        return WriteSystem(address + 5, (byte)(descriptor >> 40)) || At(op);
    }

    /// <summary>MOV, POP and LDS family to a data or stack segment register.</summary>
    internal bool LoadSegment(Op* op, int segment, ushort selector)
    {
        if (RealOrVirtual)
        {
            ref SegmentState s = ref Seg[segment];
            s.Selector = selector;
            s.Base = (ulong)selector << 4;
            if ((FlagsRest & Rf.VM) != 0)
            {
                s.Limit = 0xFFFF;
                s.Attributes = 0xF3;
            }

            return true;
        }

        return segment == Sr.SS ? LoadStackSegment(op, selector) : LoadDataSegment(op, segment, selector);
    }

    private bool LoadStackSegment(Op* op, ushort selector)
    {
        if ((selector & 0xFFFC) == 0)
        {
            if (!Code64 || Cpl == 3 || (selector & 3) != Cpl)
            {
                return Raise(op, Vec.GP, 0);
            }

            Seg[Sr.SS] = new SegmentState { Selector = selector, Attributes = (ushort)(Cpl << 5), Limit = 0 };
            UpdateMode();
            return true;
        }

        if (!ReadDescriptor(op, selector, Vec.GP, out ulong d, out ulong at))
        {
            return false;
        }

        SegmentState s = Unpack(d, selector);
        if ((selector & 3) != Cpl || (s.Attributes & (AttrS | AttrCode | AttrWritable)) != (AttrS | AttrWritable) || Dpl(d) != Cpl)
        {
            return Raise(op, Vec.GP, selector & 0xFFFCu);
        }

        if ((s.Attributes & AttrPresent) == 0)
        {
            return Raise(op, Vec.SS, selector & 0xFFFCu);
        }

        if (!MarkAccessed(op, at, ref d))
        {
            return false;
        }

        Seg[Sr.SS] = Unpack(d, selector);
        UpdateMode();
        return true;
    }

    private bool LoadDataSegment(Op* op, int segment, ushort selector)
    {
        if ((selector & 0xFFFC) == 0)
        {
            ulong kept = 0;
            Seg[segment] = new SegmentState { Selector = selector, Base = kept };
            return true;
        }

        if (!ReadDescriptor(op, selector, Vec.GP, out ulong d, out ulong at))
        {
            return false;
        }

        SegmentState s = Unpack(d, selector);
        bool system = (s.Attributes & AttrS) == 0;
        bool unreadable = (s.Attributes & (AttrCode | AttrWritable)) == AttrCode;
        bool conforming = (s.Attributes & (AttrCode | AttrConforming)) == (AttrCode | AttrConforming);
        if (system || unreadable || (!conforming && ((selector & 3) > Dpl(d) || Cpl > Dpl(d))))
        {
            return Raise(op, Vec.GP, selector & 0xFFFCu);
        }

        if ((s.Attributes & AttrPresent) == 0)
        {
            return Raise(op, Vec.NP, selector & 0xFFFCu);
        }

        if (!MarkAccessed(op, at, ref d))
        {
            return false;
        }

        Seg[segment] = Unpack(d, selector);
        return true;
    }

    /// <summary>Sets CS and the privilege level.</summary>
    internal void SetCode(in SegmentState s, int cpl)
    {
        Seg[Sr.CS] = s;
        Seg[Sr.CS].Selector = (ushort)((s.Selector & 0xFFFC) | cpl);
        Cpl = cpl;
        UpdateMode();
    }

    internal bool LoadLdt(Op* op, ushort selector)
    {
        if ((selector & 0xFFFC) == 0)
        {
            Ldtr = new SegmentState { Selector = selector };
            return true;
        }

        if ((selector & 4) != 0 || !DescriptorAddress(selector, Long ? 16 : 8, out ulong at))
        {
            return Raise(op, Vec.GP, selector & 0xFFFCu);
        }

        if (!ReadSystemDescriptor(op, at, selector, out SegmentState s))
        {
            return false;
        }

        if ((s.Attributes & 0x1F) != 2)
        {
            return Raise(op, Vec.GP, selector & 0xFFFCu);
        }

        if ((s.Attributes & AttrPresent) == 0)
        {
            return Raise(op, Vec.NP, selector & 0xFFFCu);
        }

        if (Long && !IsCanonical(s.Base))
        {
            return Raise(op, Vec.GP, selector & 0xFFFCu);
        }

        Ldtr = s;
        return true;
    }

    internal bool LoadTask(Op* op, ushort selector)
    {
        if ((selector & 0xFFFC) == 0)
        {
            return Raise(op, Vec.GP, 0);
        }

        if ((selector & 4) != 0 || !DescriptorAddress(selector, Long ? 16 : 8, out ulong at))
        {
            return Raise(op, Vec.GP, selector & 0xFFFCu);
        }

        if (!ReadSystemDescriptor(op, at, selector, out SegmentState s))
        {
            return false;
        }

        int type = s.Attributes & 0x1F;
        if (type != 9 && (Long || type != 1))
        {
            return Raise(op, Vec.GP, selector & 0xFFFCu);
        }

        if ((s.Attributes & AttrPresent) == 0)
        {
            return Raise(op, Vec.NP, selector & 0xFFFCu);
        }

        if (Long && !IsCanonical(s.Base))
        {
            return Raise(op, Vec.GP, selector & 0xFFFCu);
        }

        s.Attributes |= 2; // busy
        if (!WriteSystem(at + 5, (byte)s.Attributes))
        {
            FaultOp = op;
            return false;
        }

        Tr = s;
        return true;
    }

    private bool ReadSystemDescriptor(Op* op, ulong at, ushort selector, out SegmentState s)
    {
        s = default;
        ulong high = 0;
        if (!ReadSystem(at, out ulong low) || (Long && !ReadSystem(at + 8, out high)))
        {
            FaultOp = op;
            return false;
        }

        s = Unpack(low, selector);
        if (Long)
        {
            s.Base |= high << 32;
        }

        return true;
    }
}
