using System.Runtime.Intrinsics;

namespace Hull.Cpu.Interpreter;

/// <summary>VEX opcodes with forms of their own. Source: Intel SDM vol. 2D, appendix A.</summary>
// SAFETY: only makes function pointers.
internal unsafe ref partial struct Decoder
{
    /// <summary>Instructions whose lanes depend on VEX.L, and those that SSE lacks.</summary>
    private bool VexNew(int key, byte b) => key switch
    {
        0x1_0_5A => VexWiden(&VexHandlers.Widen<SingleToDoubleLane>, 8),
        0x1_2_E6 => VexWiden(&VexHandlers.Extend<CvtDqPd>, 8),
        0x1_1_5A => VexNarrow(&VexHandlers.Narrow<DoubleToSingleLane>, 0),
        0x1_1_E6 => VexNarrow(&VexHandlers.Narrow<DoubleToIntegerLane>, 1),
        0x1_3_E6 => VexNarrow(&VexHandlers.Narrow<DoubleToIntegerLane>, 0),
        0x1_1_D1 => VexShift(&VexHandlers.ShiftAll<Psrlw>),
        0x1_1_D2 => VexShift(&VexHandlers.ShiftAll<Psrld>),
        0x1_1_D3 => VexShift(&VexHandlers.ShiftAll<Psrlq>),
        0x1_1_E1 => VexShift(&VexHandlers.ShiftAll<Psraw>),
        0x1_1_E2 => VexShift(&VexHandlers.ShiftAll<Psrad>),
        0x1_1_F1 => VexShift(&VexHandlers.ShiftAll<Psllw>),
        0x1_1_F2 => VexShift(&VexHandlers.ShiftAll<Pslld>),
        0x1_1_F3 => VexShift(&VexHandlers.ShiftAll<Psllq>),
        0x1_1_C6 => VexSplit<ShufPd>(2),
        0x2_1_0C => VexLane<PermilPsVariable>(16, false, false),
        0x2_1_0D => VexLane<PermilPdVariable>(16, false, false),
        0x2_1_0E => VexTest(4),
        0x2_1_0F => VexTest(8),
        0x2_1_17 => VexTest(0),
        0x2_1_13 => VexWiden(&VexHandlers.FromHalf, 8),
        0x2_1_16 or 0x2_1_36 => VexWhole(&VexHandlers.PermuteWords),
        0x2_1_18 or 0x2_1_58 => VexBroadcast(4, true),
        0x2_1_19 or 0x2_1_59 => VexBroadcast(8, true),
        0x2_1_1A or 0x2_1_5A => VexBroadcast(16, false),
        0x2_1_78 => VexBroadcast(1, true),
        0x2_1_79 => VexBroadcast(2, true),
        0x2_1_20 => VexWiden(&VexHandlers.Extend<PmovSxbw>, 8),
        0x2_1_21 => VexWiden(&VexHandlers.Extend<PmovSxbd>, 4),
        0x2_1_22 => VexWiden(&VexHandlers.Extend<PmovSxbq>, 2),
        0x2_1_23 => VexWiden(&VexHandlers.Extend<PmovSxwd>, 8),
        0x2_1_24 => VexWiden(&VexHandlers.Extend<PmovSxwq>, 4),
        0x2_1_25 => VexWiden(&VexHandlers.Extend<PmovSxdq>, 8),
        0x2_1_30 => VexWiden(&VexHandlers.Extend<PmovZxbw>, 8),
        0x2_1_31 => VexWiden(&VexHandlers.Extend<PmovZxbd>, 4),
        0x2_1_32 => VexWiden(&VexHandlers.Extend<PmovZxbq>, 2),
        0x2_1_33 => VexWiden(&VexHandlers.Extend<PmovZxwd>, 8),
        0x2_1_34 => VexWiden(&VexHandlers.Extend<PmovZxwq>, 4),
        0x2_1_35 => VexWiden(&VexHandlers.Extend<PmovZxdq>, 8),
        0x2_1_2C or 0x2_1_2D => VexMasked(b - 0x2B, false),
        0x2_1_2E or 0x2_1_2F => VexMasked(b - 0x2D, true),
        0x2_1_8C => VexMasked(VexW ? 2 : 1, false),
        0x2_1_8E => VexMasked(VexW ? 2 : 1, true),
        0x2_1_45 => VexW ? VexLane<ShiftRightEach64>(16, false, false) : VexLane<ShiftRightEach32>(16, false, false),
        0x2_1_46 => VexLane<ShiftSignedEach32>(16, false, false),
        0x2_1_47 => VexW ? VexLane<ShiftLeftEach64>(16, false, false) : VexLane<ShiftLeftEach32>(16, false, false),
        0x2_1_90 or 0x2_1_91 or 0x2_1_92 or 0x2_1_93 => VexGather((b & 1) != 0),
        >= 0x2_1_96 and <= 0x2_1_BF when (b & 15) >= 6 => VexFused(b),
        0x3_1_00 or 0x3_1_01 => VexWhole(&VexHandlers.PermuteQuads, true),
        0x3_1_02 => VexSplit<BlendD>(4),
        0x3_1_04 => VexLane<PermilPs>(16, true, false),
        0x3_1_05 => VexSplit<PermilPd>(2),
        0x3_1_06 or 0x3_1_46 => VexWhole(&VexHandlers.PermuteLanes, true),
        0x3_1_0C => VexSplit<BlendPs>(4),
        0x3_1_0D => VexSplit<BlendPd>(2),
        0x3_1_42 => VexSplit<Mpsadbw>(3),
        0x3_1_18 or 0x3_1_38 => VexInsertLane(),
        0x3_1_19 or 0x3_1_39 => VexExtractLane(),
        0x3_1_1D => VexToHalf(),
        0x3_1_4A => VexBlend(1),
        0x3_1_4B => VexBlend(2),
        0x3_1_4C => VexBlend(0),
        _ => false,
    };

    // The opcode's upper digit is the order of the operands; its lower one, from 6, the signs and whether it is a scalar.
    private bool VexFused(byte b)
    {
        int kind = b & 15;
        bool scalar = kind > 8 && (kind & 1) != 0;
        VexOperands(!scalar ? 16 : VexW ? 8 : 4, _vexLong && !scalar);
        int form = (b >> 4) - 9;
        form |= VexW ? FusedHandlers.IsDouble : 0;
        form |= scalar ? FusedHandlers.IsScalar : 0;
        form |= kind >= 12 ? FusedHandlers.TurnsProduct : 0;
        form |= kind == 6 || (kind & 14) is 10 or 14 ? FusedHandlers.TurnsEven : 0;
        form |= kind == 7 || (kind & 14) is 10 or 14 ? FusedHandlers.TurnsOdd : 0;
        _op.Imm = form;
        _op.Run = AvxHandler(&FusedHandlers.Run);
        return true;
    }

    private bool VexWhole(Handler handler, bool immediate = false)
    {
        VexOperands(16, _vexLong);
        _op.Imm = immediate ? Next() : 0;
        _op.Run = AvxHandler(handler);
        return true;
    }

    // Half as many bytes, or fewer, are read as are written.
    private bool VexWiden(Handler handler, int laneBytes)
    {
        VexOperands(16, false);
        _op.Size = (byte)(_vexLong ? 32 : 16);
        _op.Bytes = (byte)(_mod == 3 ? 0 : _vexLong ? laneBytes * 2 : laneBytes);
        _op.Imm = laneBytes;
        _op.Run = AvxHandler(handler);
        return true;
    }

    private bool VexNarrow(Handler handler, int variant)
    {
        VexOperands(16, _vexLong);
        _op.Imm = variant;
        _op.Run = AvxHandler(handler);
        return true;
    }

    private bool VexShift(Handler handler)
    {
        VexOperands(16, false);
        _op.Size = (byte)(_vexLong ? 32 : 16);
        _op.Run = AvxHandler(handler);
        return true;
    }

    private bool VexSplit<TOp>(int bits)
        where TOp : IVec
    {
        VexOperands(16, _vexLong);
        _op.Imm = Next() | (bits << 8);
        _op.Run = AvxHandler(&VexHandlers.Split<TOp>);
        return true;
    }

    private bool VexTest(int element)
    {
        VexOperands(16, _vexLong);
        _op.Imm = element;
        _op.Run = AvxHandler(&VexHandlers.Test);
        return true;
    }

    private bool VexBroadcast(int bytes, bool register)
    {
        VexOperands(bytes, false);
        _op.Size = (byte)(_vexLong ? 32 : 16);
        _op.Imm = bytes;
        Only(register || _mod != 3, AvxHandler(&VexHandlers.Broadcast));
        return true;
    }

    private bool VexMasked(int words, bool store)
    {
        VexOperands(16, _vexLong);
        _op.Imm = words * 4;
        _op.Writes = store;
        Only(_mod != 3, AvxHandler(store ? &VexHandlers.StoreMasked : &VexHandlers.LoadMasked));
        return true;
    }

    // The SIB's index is a vector register; its number goes into Imm.
    private bool VexGather(bool wideIndex)
    {
        int at = _at;
        byte modRm = Next();
        byte sib = modRm < 0xC0 && (modRm & 7) == 4 ? Next() : (byte)0;
        _at = at;
        VexOperands(16, _vexLong);
        int element = VexW ? 8 : 4;
        int index = ((sib >> 3) & 7) | ((_rex & 2) << 2);
        _op.Index = Rg.Zero;
        _op.Scale = (byte)(sib >> 6);
        _op.Imm = element | (index << 8);
        _op.Extra |= (byte)(wideIndex ? 4 : 0);
        bool different = _reg != _vexV && _reg != index && index != _vexV;
        Only(_mod != 3 && (modRm & 7) == 4 && different && _address != 2, AvxHandler(&VexHandlers.Gather));
        return true;
    }

    private bool VexInsertLane()
    {
        VexOperands(16, false);
        _op.Imm = Next();
        _op.Run = AvxHandler(&VexHandlers.InsertLane);
        return true;
    }

    private bool VexExtractLane()
    {
        VexOperands(16, false);
        _op.Writes = true;
        _op.Imm = Next();
        _op.Run = AvxHandler(&VexHandlers.ExtractLane);
        return true;
    }

    private bool VexToHalf()
    {
        VexOperands(16, false);
        _op.Writes = true;
        _op.Size = (byte)(_vexLong ? 32 : 16);
        _op.Bytes = (byte)(_mod == 3 ? 0 : _vexLong ? 16 : 8);
        _op.Imm = Next();
        _op.Run = AvxHandler(&VexHandlers.ToHalf);
        return true;
    }

    private bool VexBlend(int element)
    {
        VexOperands(16, _vexLong);
        _op.Imm = (Next() >> 4) & (_code64 ? 15 : 7);
        _op.Extra |= (byte)(element << 2);
        _op.Run = AvxHandler(&VexHandlers.BlendVariable);
        return true;
    }

    private bool VexMoves(int prefix, byte b)
    {
        switch (b)
        {
            case 0x10 or 0x11 when prefix >= 2:
                VexScalarMove(prefix == 2 ? 4 : 8, b == 0x11);
                return true;
            case 0x11 or 0x29 or 0x2B or 0xE7 or 0x7F:
                return VexStore(prefix, b);
            case 0x12 or 0x16 when prefix < 2:
                VexOperands(8, false);
                _op.Imm = b == 0x16 ? 1 : 0;
                Handler registers = b == 0x12 ? &VectorHandlers.Avx<MoveHighLow> : &VectorHandlers.Avx<MoveLowHigh>;
                Only(_mod != 3 || prefix == 0, AvxHandler(_mod != 3 ? &VexHandlers.LoadHalf : registers));
                return true;
            case 0x13 or 0x17 when prefix < 2:
                VexOperands(8, false);
                StoreVectorOperands(8, b == 0x17 ? 1 : 0);
                Only(_mod != 3, AvxHandler(&VectorHandlers.Store));
                return true;
            case 0xD6 when prefix == 1:
                VexOperands(8, false);
                StoreVectorOperands(8, 0);
                (_op.Dst, _op.Src) = _mod == 3 ? (_op.Src, _op.Dst) : (_op.Dst, _op.Src);
                _op.Run = AvxHandler(_mod == 3 ? &VectorHandlers.Avx<ZeroHigh> : &VectorHandlers.Store);
                return true;
            case 0x7E when prefix == 2:
                return VexLane<ZeroHigh>(8, false, false);
            case 0x6E or 0x7E when prefix == 1:
                VexOperands(VexW && _code64 ? 8 : 4, false);
                _op.Size = (byte)(VexW && _code64 ? 8 : 4);
                _op.Src = Register(_rm, 8);
                _op.Writes = b == 0x7E;
                _op.Run = AvxHandler(b == 0x6E ? &VectorHandlers.FromGeneral : &VectorHandlers.ToGeneral);
                return true;
            case 0x77 when prefix == 0:
                _op.Size = (byte)(_vexLong ? 32 : 16);
                _op.Run = AvxHandler(&VexHandlers.Zero);
                return true;
            default:
                return VexSpecial(prefix, b);
        }
    }

    private void StoreVectorOperands(int bytes, int half)
    {
        _op.Bytes = (byte)(_mod == 3 ? 0 : bytes);
        _op.Writes = true;
        _op.Extra = 2;
        _op.Aux = (byte)half;
    }

    private void VexScalarMove(int bytes, bool store)
    {
        VexOperands(bytes, false);
        Handler merge = bytes == 4 ? &VectorHandlers.Avx<MoveLow32> : &VectorHandlers.Avx<MoveLow64>;
        if (_mod == 3)
        {
            (_op.Dst, _op.Src) = store ? (_op.Src, _op.Dst) : (_op.Dst, _op.Src);
            _op.Run = AvxHandler(merge);
            return;
        }

        if (store)
        {
            StoreVectorOperands(bytes, 0);
        }

        Only(_vexNone, AvxHandler(store ? &VectorHandlers.Store : &VectorHandlers.Avx<Whole>));
    }

    private bool VexStore(int prefix, byte b)
    {
        bool valid = b switch
        {
            0x7F => prefix is 1 or 2,
            0xE7 => prefix == 1,
            _ => prefix < 2,
        };
        if (!valid)
        {
            return false;
        }

        bool aligned = b is 0x29 or 0x2B or 0xE7 || (b == 0x7F && prefix == 1);
        VexOperands(16, _vexLong);
        if (_mod == 3)
        {
            (_op.Dst, _op.Src) = (_op.Src, _op.Dst);
            Only(b is not (0x2B or 0xE7), AvxHandler(&VectorHandlers.Avx<Whole>));
            return true;
        }

        StoreVectorOperands(_vexLong ? 32 : 16, 0);
        _op.Extra |= (byte)(aligned ? 1 : 0);
        _op.Run = AvxHandler(_vexLong ? &VectorFast.Store<Vector256<byte>> : &VectorFast.Store<Vector128<byte>>);
        return true;
    }

    private bool VexSpecial(int prefix, byte b)
    {
        switch (b)
        {
            case 0x2A when prefix >= 2:
                VexOperands(VexW && _code64 ? 8 : 4, false);
                _op.Src = Register(_rm, 8);
                _op.Extra |= (byte)(VexW && _code64 ? 4 : 0);
                _op.Imm = prefix - 2;
                _op.Run = AvxHandler(&FloatHandlers.FromInteger);
                return true;
            case 0x2C or 0x2D when prefix >= 2:
                VexOperands(prefix == 3 ? 8 : 4, false);
                _op.Size = (byte)(VexW && _code64 ? 8 : 4);
                _op.Dst = Register(_reg, 8);
                _op.Aux = (byte)((prefix == 3 ? 1 : 0) | (b == 0x2C ? 2 : 0));
                _op.Run = AvxHandler(&FloatHandlers.ToInteger);
                return true;
            case 0x2E or 0x2F when prefix < 2:
                VexOperands(prefix == 1 ? 8 : 4, false);
                _op.Aux = (byte)prefix;
                _op.Imm = b & 1;
                _op.Run = AvxHandler(&FloatHandlers.Compare);
                return true;
            case 0x50 when prefix < 2:
            case 0xD7 when prefix == 1:
                VexOperands(16, _vexLong);
                _op.Dst = Register(_reg, 8);
                _op.Aux = (byte)(b == 0xD7 ? 2 : prefix);
                Only(_mod == 3, AvxHandler(&VectorHandlers.MoveMask));
                return true;
            case 0x71 or 0x72 or 0x73 when prefix == 1:
                VexShiftImmediate(b);
                return true;
            case 0xF7 when prefix == 1:
                StringOp(1, null);
                ModRm();
                _op.Extra = (byte)_address;
                _op.Dst = (byte)_reg;
                _op.Src = (byte)_rm;
                Only(_mod == 3, AvxHandler(&VectorHandlers.StoreMasked));
                return true;
            case 0xC4 when prefix == 1:
                return VexInsert(2);
            case 0xC5 when prefix == 1:
                VexOperands(0, false);
                VexExtract(2);
                (_op.Dst, _op.Src) = ((byte)_rm, Register(_reg, 8));
                Only(_mod == 3, _op.Run);
                return true;
            case 0xAE when prefix == 0:
                ModRm();
                Memory(4, (_reg & 7) == 3);
                Only(_mod != 3 && (_reg & 7) is 2 or 3, AvxHandler((_reg & 7) == 2 ? &StateArea.LoadMxcsr : &StateArea.StoreMxcsr));
                return true;
            default:
                return false;
        }
    }

    private void VexShiftImmediate(byte b)
    {
        VexOperands(0, _vexLong);
        _op.Src = (byte)_rm;
        _op.Dst = (byte)_vexV;
        _op.Imm = Next();
        Handler handler = (b, _reg & 7) switch
        {
            (0x71, 2) => &VexHandlers.ShiftImmediate<ShiftRight16>,
            (0x71, 4) => &VexHandlers.ShiftImmediate<ShiftSigned16>,
            (0x71, 6) => &VexHandlers.ShiftImmediate<ShiftLeft16>,
            (0x72, 2) => &VexHandlers.ShiftImmediate<ShiftRight32>,
            (0x72, 4) => &VexHandlers.ShiftImmediate<ShiftSigned32>,
            (0x72, 6) => &VexHandlers.ShiftImmediate<ShiftLeft32>,
            (0x73, 2) => &VexHandlers.ShiftImmediate<ShiftRight64>,
            (0x73, 3) => &VexHandlers.ShiftImmediate<ShiftRightBytes>,
            (0x73, 6) => &VexHandlers.ShiftImmediate<ShiftLeft64>,
            (0x73, 7) => &VexHandlers.ShiftImmediate<ShiftLeftBytes>,
            _ => null,
        };
        Only(handler != null && _mod == 3, AvxHandler(handler));
    }

    private bool VexInsert(int size)
    {
        VexOperands(size, false);
        _op.Src = Register(_rm, 8);
        _op.Imm = Next() | (size << 8);
        _op.Run = AvxHandler(&VexHandlers.Insert);
        return true;
    }

    private void VexExtract(int size)
    {
        _op.Size = (byte)size;
        _op.Bytes = (byte)(_mod == 3 ? 0 : size);
        _op.Dst = (byte)_reg;
        _op.Src = Register(_rm, 8);
        _op.Writes = true;
        _op.Imm = Next();
        _op.Run = AvxHandler(&VectorHandlers.Extract);
    }

    private bool VexImmediate(int prefix, byte b)
    {
        if (prefix != 1)
        {
            return false;
        }

        int whole = VexW && _code64 ? 8 : 4;
        switch (b)
        {
            case 0x14 or 0x15 or 0x16 or 0x17:
                VexOperands(0, false);
                VexExtract(b == 0x14 ? 1 : b == 0x15 ? 2 : b == 0x17 ? 4 : whole);
                return true;
            case 0x20 or 0x22:
                return VexInsert(b == 0x20 ? 1 : whole);
            case >= 0x60 and <= 0x63:
                VexOperands(16, false);
                _op.Imm = Next();
                _op.Aux = (byte)(b - 0x60);
                _op.Size = (byte)whole;
                _op.Run = AvxHandler(&StringCompare.Run);
                return true;
            default:
                return false;
        }
    }
}
