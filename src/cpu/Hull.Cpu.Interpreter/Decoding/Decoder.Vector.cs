using System.Runtime.Intrinsics;

namespace Hull.Cpu.Interpreter;

/// <summary>SSE instructions: the table first, then the forms of their own.</summary>
// SAFETY: only makes function pointers.
internal unsafe ref partial struct Decoder
{
    private readonly int VectorPrefix => _repeat == 0xF3 ? 2 : _repeat == 0xF2 ? 3 : _operandPrefix ? 1 : 0;

    /// <summary>An instruction of the regular form: destination = op(destination, r/m).</summary>
    private bool Lane<TOp>(int bytes, bool immediate, bool aligned)
        where TOp : IVec
    {
        if (_vex)
        {
            return VexLane<TOp>(bytes, immediate, aligned);
        }

        ModRm();
        VectorOperands(bytes);
        _op.Extra = (byte)(aligned ? 1 : 0);
        _op.Imm = immediate ? Next() : 0;
        if (typeof(TOp) == typeof(InsertPs) && _mod != 3)
        {
            _op.Imm &= 0x3F; // a memory operand is one element: its number does not count
        }

        _op.Run = SseHandler(_mod == 3 ? &VectorFast.Register<TOp> : bytes == 16 ? &VectorFast.Memory<TOp> : &VectorHandlers.Sse<TOp>);
        return true;
    }

    /// <summary>Arithmetic on floats; packed memory operands are aligned.</summary>
    private bool Float<TOp, TShape>(int bytes)
        where TOp : IFloat
        where TShape : IFloatShape
    {
        if (_vex)
        {
            return VexFloat<TOp, TShape>(bytes);
        }

        ModRm();
        VectorOperands(bytes);
        _op.Aux = _op.Dst;
        _op.Extra = (byte)(bytes == 16 ? 1 : 0);
        _op.Run = SseHandler(FloatHandler<TOp, TShape>());
        return true;
    }

    private readonly Handler FloatHandler<TOp, TShape>()
        where TOp : IFloat
        where TShape : IFloatShape => !TShape.IsScalar ? &FloatHandlers.Run<TOp, TShape>
            : _mod == 3 ? &ScalarHandlers.Register<TOp, TShape> : &ScalarHandlers.Memory<TOp, TShape>;

    /// <summary>The handler of a computation lane by lane; two have a fast form.</summary>
    private readonly Handler LaneHandler<TLane>()
        where TLane : FloatHandlers.ILane =>
            _mod == 3 && typeof(TLane) == typeof(ScalarToDoubleLane) ? &ScalarHandlers.Widen
            : _mod == 3 && typeof(TLane) == typeof(ScalarToSingleLane) ? &ScalarHandlers.Narrow
            : &FloatHandlers.Lane<TLane>;

    /// <summary>The same for computations lane by lane; the variant is the immediate, or a mask for the one that follows (at least 8).</summary>
    private bool FloatLane<TLane>(int bytes, int variant, bool immediate)
        where TLane : FloatHandlers.ILane
    {
        if (_vex)
        {
            return VexFloatLane<TLane>(bytes, variant, immediate);
        }

        ModRm();
        VectorOperands(bytes);
        _op.Aux = _op.Dst;
        _op.Extra = (byte)(bytes == 16 ? 1 : 0);
        _op.Imm = immediate ? Next() & (variant - 1) : variant;
        _op.Run = SseHandler(LaneHandler<TLane>());
        return true;
    }

    private void VectorOperands(int bytes)
    {
        _op.Dst = (byte)_reg;
        _op.Src = (byte)_rm;
        _op.Bytes = (byte)(_mod == 3 ? 0 : bytes);
    }

    // An immediate is fetched before anything is refused; all of map 3 has one.
    private void FetchImmediate(int map, byte b)
    {
        if (map == 3 || (map == 1 && b is (>= 0x70 and <= 0x73) or 0xC2 or (>= 0xC4 and <= 0xC6)))
        {
            Next();
        }
    }

    private void Vector(int map, byte b)
    {
        int prefix = VectorPrefix;
        if (VectorTable((map << 12) | (prefix << 8) | b))
        {
            // MOVNTDQA and LDDQU read memory only.
            if (_mod == 3 && ((map == 2 && b == 0x2A) || (map == 1 && b == 0xF0)))
            {
                Invalid();
            }

            return;
        }

        if (map == 1 && VectorMoves(prefix, b))
        {
            return;
        }

        if (map == 1 && VectorSpecial(prefix, b))
        {
            return;
        }

        if ((prefix == 0 && MmxTable(map, b)) || (map == 1 && MmxSpecial(prefix, b)))
        {
            return;
        }

        if (map != 1 || b != 0x77)
        {
            ModRm(); // EMMS has none
        }

        FetchImmediate(map, b);
        Invalid();
    }

    private void StoreVector(int bytes, bool aligned, int half)
    {
        VectorOperands(bytes);
        _op.Writes = true;
        _op.Extra = (byte)(aligned ? 1 : 0);
        _op.Aux = (byte)half;
        if (_mod != 3)
        {
            _op.Run = SseHandler(half != 0 ? &VectorHandlers.Store
                : bytes == 16 ? &VectorFast.Store<Vector128<byte>> : bytes == 8 ? &VectorFast.Store<ulong> : &VectorFast.Store<uint>);
            return;
        }

        (_op.Dst, _op.Src) = ((byte)_rm, (byte)_reg);
        _op.Run = SseHandler(bytes == 16 ? &VectorFast.Register<Whole> : bytes == 8 ? &VectorFast.Register<MoveLow64> : &VectorFast.Register<MoveLow32>);
    }

    private bool VectorMoves(int prefix, byte b)
    {
        switch (b)
        {
            case 0x10: // MOVSS, MOVSD: from memory the rest is cleared
                ModRm();
                VectorOperands(prefix == 2 ? 4 : 8);
                _op.Run = SseHandler(_mod != 3 ? (prefix == 2 ? &VectorFast.Load<uint> : &VectorFast.Load<ulong>)
                    : prefix == 2 ? &VectorFast.Register<MoveLow32> : &VectorFast.Register<MoveLow64>);
                return true;
            case 0x11:
                ModRm();
                StoreVector(prefix == 2 ? 4 : prefix == 3 ? 8 : 16, false, 0);
                return true;
            case 0x29 or 0x2B or 0xE7 when prefix == 1 || (prefix == 0 && b != 0xE7):
                ModRm();
                StoreVector(16, true, 0);
                if (_mod == 3 && b != 0x29)
                {
                    Invalid();
                }

                return true;
            case 0x7F when prefix is 1 or 2:
                ModRm();
                StoreVector(16, prefix == 1, 0);
                return true;
            case 0x12 or 0x16 when prefix < 2:
                ModRm();
                VectorOperands(8);
                _op.Aux = (byte)(b == 0x16 ? 1 : 0);
                _op.Run = SseHandler(_mod != 3 ? &VectorHandlers.LoadHalf
                    : b == 0x12 ? &VectorFast.Register<MoveHighLow> : &VectorFast.Register<MoveLowHigh>);
                if (_mod == 3 && prefix == 1)
                {
                    Invalid();
                }

                return true;
            case 0x13 or 0x17 when prefix < 2:
                ModRm();
                StoreVector(8, false, b == 0x17 ? 1 : 0);
                if (_mod == 3)
                {
                    Invalid();
                }

                return true;
            case 0xD6 when prefix == 1:
                ModRm();
                StoreVector(8, false, 0);
                if (_mod == 3)
                {
                    _op.Run = SseHandler(&VectorHandlers.Sse<ZeroHigh>);
                }

                return true;
            case 0x7E when prefix == 2:
                ModRm();
                VectorOperands(8);
                _op.Run = SseHandler(_mod != 3 ? &VectorFast.Load<ulong> : &VectorFast.Register<ZeroHigh>);
                return true;
            case 0x6E or 0x7E when prefix == 1:
                ModRm();
                _op.Size = (byte)(RexW ? 8 : 4);
                _op.Dst = (byte)_reg;
                _op.Src = Register(_rm, 8);
                _op.Bytes = (byte)(_mod == 3 ? 0 : _op.Size);
                _op.Writes = b == 0x7E;
                _op.Run = SseHandler(b == 0x6E ? &VectorHandlers.FromGeneral : &VectorHandlers.ToGeneral);
                return true;
            default:
                return false;
        }
    }

    private bool VectorSpecial(int prefix, byte b)
    {
        switch (b)
        {
            case 0x2A when prefix >= 2:
                ModRm();
                _op.Dst = (byte)_reg;
                _op.Aux = (byte)_reg;
                _op.Src = Register(_rm, 8);
                _op.Bytes = (byte)(_mod == 3 ? 0 : RexW ? 8 : 4);
                _op.Extra = (byte)(RexW ? 4 : 0);
                _op.Imm = prefix - 2;
                _op.Run = SseHandler(_mod != 3 ? &FloatHandlers.FromInteger
                    : prefix == 3 ? &ScalarHandlers.FromInteger<ScalarDouble> : &ScalarHandlers.FromInteger<ScalarSingle>);
                return true;
            case 0x2C or 0x2D when prefix >= 2:
                ModRm();
                VectorOperands(prefix == 3 ? 8 : 4);
                _op.Size = (byte)(RexW ? 8 : 4);
                _op.Dst = Register(_reg, 8);
                _op.Aux = (byte)((prefix == 3 ? 1 : 0) | (b == 0x2C ? 2 : 0));
                _op.Run = SseHandler(b == 0x2D ? &FloatHandlers.ToInteger
                    : prefix == 3 ? &ScalarHandlers.Truncate<ScalarDouble> : &ScalarHandlers.Truncate<ScalarSingle>);
                return true;
            case 0x2E or 0x2F when prefix < 2:
                ModRm();
                VectorOperands(prefix == 1 ? 8 : 4);
                _op.Aux = (byte)prefix;
                _op.Imm = b & 1;
                _op.Run = SseHandler(prefix == 1
                    ? (_mod == 3 ? &ScalarHandlers.CompareRegister<ScalarDouble> : &ScalarHandlers.CompareMemory<ScalarDouble>)
                    : (_mod == 3 ? &ScalarHandlers.CompareRegister<ScalarSingle> : &ScalarHandlers.CompareMemory<ScalarSingle>));
                return true;
            case 0x50 when prefix < 2:
                return Mask(prefix);
            case 0xD7 when prefix == 1:
                return Mask(2);
            case 0x71 or 0x72 or 0x73 when prefix == 1:
                ShiftVector(b);
                return true;
            case 0xF7 when prefix == 1:
                StringOp(1, null);
                ModRm();
                _op.Extra = (byte)_address;
                _op.Dst = (byte)_reg;
                _op.Src = (byte)_rm;
                Only(_mod == 3, SseHandler(&VectorHandlers.StoreMasked));
                return true;
            case 0xC4 when prefix == 1:
                ModRm();
                ExtractInsert(2, &VectorHandlers.Insert, false);
                return true;
            case 0xC5 when prefix == 1:
                ModRm();
                ExtractInsert(2, &VectorHandlers.Extract, false);
                (_op.Dst, _op.Src) = ((byte)_rm, Register(_reg, 8));
                if (_mod != 3)
                {
                    Invalid();
                }

                return true;
            default:
                return false;
        }
    }

    private bool Mask(int kind)
    {
        ModRm();
        _op.Dst = Register(_reg, 8);
        _op.Src = (byte)_rm;
        _op.Aux = (byte)kind;
        Only(_mod == 3, SseHandler(&VectorHandlers.MoveMask));
        return true;
    }

    private void ExtractInsert(int size, Handler handler, bool writes)
    {
        _op.Size = (byte)size;
        _op.Dst = (byte)_reg;
        _op.Src = Register(_rm, 8);
        _op.Bytes = (byte)(_mod == 3 ? 0 : size);
        _op.Writes = writes;
        _op.Imm = Next();
        _op.Run = SseHandler(handler);
    }

    private void ShiftVector(byte b)
    {
        ModRm();
        _op.Dst = (byte)_rm;
        _op.Src = (byte)_rm;
        _op.Imm = Next();
        Handler handler = (b, _reg & 7) switch
        {
            (0x71, 2) => &VectorHandlers.Sse<ShiftRight16>,
            (0x71, 4) => &VectorHandlers.Sse<ShiftSigned16>,
            (0x71, 6) => &VectorHandlers.Sse<ShiftLeft16>,
            (0x72, 2) => &VectorHandlers.Sse<ShiftRight32>,
            (0x72, 4) => &VectorHandlers.Sse<ShiftSigned32>,
            (0x72, 6) => &VectorHandlers.Sse<ShiftLeft32>,
            (0x73, 2) => &VectorHandlers.Sse<ShiftRight64>,
            (0x73, 3) => &VectorHandlers.Sse<ShiftRightBytes>,
            (0x73, 6) => &VectorHandlers.Sse<ShiftLeft64>,
            (0x73, 7) => &VectorHandlers.Sse<ShiftLeftBytes>,
            _ => null,
        };
        Only(handler != null && _mod == 3, SseHandler(handler));
    }

    private void Map38()
    {
        byte b = Next();
        if (b is 0xF0 or 0xF1)
        {
            if (_repeat == 0xF3)
            {
                ModRm();
                Invalid();
                return;
            }

            if (_repeat == 0xF2)
            {
                ModRm();
                SourceRm(b == 0xF0 ? 1 : _size);
                _op.Dst = (byte)(_reg * 8);
                _op.Run = &Bits.Crc;
                return;
            }

            ModRm();
            _op.Dst = Register(_reg, _size);
            _op.Src = Register(_reg, _size);
            _op.Size = (byte)_size;
            Memory(_size, b == 0xF1);
            Only(_mod != 3, b == 0xF0 ? &Moves.LoadSwapped : &Moves.StoreSwapped);
            return;
        }

        if (b == 0xF6 && (_operandPrefix || _repeat == 0xF3))
        {
            _size = RexW ? 8 : 4;
            RmSource(&Bits.AddCarry);
            _op.Extra = (byte)(_repeat == 0xF3 ? 1 : 0);
            return;
        }

        switch (VectorPrefix, b)
        {
            case (1, 0x17):
                ModRm();
                VectorOperands(16);
                _op.Extra = 1;
                _op.Run = SseHandler(&VectorHandlers.TestBits);
                break;
            case (1, 0x82):
                ModRm();
                _op.Dst = Register(_reg, 8);
                _op.Size = (byte)(_code64 ? 8 : 4);
                Memory(16, false);
                Only(_mod != 3, &SystemOps.InvalidateContext);
                _ends = true;
                break;
            case (1, 0x10 or 0x14 or 0x15):
                ModRm();
                VectorOperands(16);
                _op.Extra = 1;
                _op.Aux = (byte)(b == 0x10 ? 0 : b == 0x14 ? 1 : 2);
                _op.Run = SseHandler(&VectorExtras.BlendVariable);
                break;
            case (0, 0xCB):
                ModRm();
                VectorOperands(16);
                _op.Extra = 1;
                _op.Run = SseHandler(&VectorExtras.Sha256Rounds);
                break;
            default:
                Vector(2, b);
                break;
        }
    }

    private void Map3A()
    {
        byte b = Next();
        if (VectorPrefix == 1 && b is 0x14 or 0x15 or 0x16 or 0x17 or 0x20 or 0x22)
        {
            ModRm();
            bool insert = b >= 0x20;
            int size = b is 0x14 or 0x20 ? 1 : b == 0x15 ? 2 : b == 0x17 ? 4 : RexW ? 8 : 4;
            ExtractInsert(size, insert ? &VectorHandlers.Insert : &VectorHandlers.Extract, !insert);
            return;
        }

        if (VectorPrefix == 1 && b is >= 0x60 and <= 0x63)
        {
            ModRm();
            VectorOperands(16);
            _op.Imm = Next();
            _op.Aux = (byte)(b - 0x60);
            _op.Size = (byte)(RexW ? 8 : 4);
            _op.Run = SseHandler(&StringCompare.Run);
            return;
        }

        Vector(3, b);
    }

    private void BitManipulation(int map, int prefix, byte b, bool wide)
    {
        _op.Aux = (byte)(_vexV * 8);
        ModRm();
        _op.Dst = Register(_reg, _size);
        SourceRm(_size);
        if (map == 3 && b == 0xF0 && prefix == 3)
        {
            _op.Imm = Next();
            Only(!wide && _vexNone, &Shifts.Flagless);
            return;
        }

        int kind = (b, prefix, _reg & 7) switch
        {
            (0xF2, 0, _) => 0,
            (0xF7, 0, _) => 1,
            (0xF3, 0, 1) => 2,
            (0xF3, 0, 2) => 3,
            (0xF3, 0, 3) => 4,
            (0xF5, 0, _) => 5,
            (0xF5, 3, _) => 6,
            (0xF5, 2, _) => 7,
            (0xF6, 3, _) => 8,
            (0xF7, 1, _) => 17,
            (0xF7, 2, _) => 18,
            (0xF7, 3, _) => 19,
            _ => -1,
        };
        _op.Extra = (byte)(kind >= 16 ? kind - 16 : kind);
        Only(map == 2 && kind >= 0 && !wide, kind >= 16 ? &Shifts.Flagless : &Bits.Bmi);
    }
}
