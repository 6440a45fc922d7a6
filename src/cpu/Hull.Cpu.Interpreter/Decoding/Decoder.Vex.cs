namespace Hull.Cpu.Interpreter;

/// <summary>VEX: prefix, the rules of #UD, and the instructions that SSE has too. Source: Intel SDM vol. 2A, 2.3 and 2.4.</summary>
// SAFETY: only makes function pointers.
internal unsafe ref partial struct Decoder
{
    private const int OneSource = 1, Only128 = 2, Only256 = 4, OnlyW0 = 8, OnlyW1 = 16, NoVex = 32;

    private readonly bool VexW => (_rex & 8) != 0;

    /// <summary>C4 and C5: LES and LDS in legacy modes, VEX otherwise.</summary>
    private void VexOrFarPointer(byte b)
    {
        int at = _at;
        byte first = Next();
        if (!_code64 && (first < 0xC0 || (_mode & Cpu.ModeReal) != 0))
        {
            _at = at;
            ModRm();
            _op.Aux = (byte)(b == 0xC4 ? Sr.ES : Sr.DS);
            FarLoad();
            return;
        }

        if (_rex != 0 || _repeat != 0 || _operandPrefix || _lock)
        {
            Invalid();
            return;
        }

        int map = 1;
        byte last = first;
        int rex = 0x40 | (~first >> 5 & 4);
        if (b == 0xC4)
        {
            map = first & 31;
            rex = 0x40 | (~first >> 5 & 7);
            last = Next();
            rex |= last >> 4 & 8;
        }

        _rex = (byte)(_code64 ? rex : 0x40 | (rex & 8));
        _vex = true;
        _vexV = (~last >> 3) & (_code64 ? 15 : 7);
        _vexNone = (~last >> 3 & 15) == 0;
        _vexLong = (last & 4) != 0;
        byte opcode = Next();
        if (IsGeneral(map, last & 3, opcode))
        {
            _size = VexW && _code64 ? 8 : 4;
            BitManipulation(map, last & 3, opcode, _vexLong);
            return;
        }

        _size = VexW && _code64 ? 8 : 4;
        VexVector(map, last & 3, opcode);
    }

    private static bool IsGeneral(int map, int prefix, byte b) =>
        (map == 2 && b is >= 0xF2 and <= 0xF7) || (map == 3 && b == 0xF0 && prefix == 3);

    private void VexVector(int map, int prefix, byte b)
    {
        int key = (map << 12) | (prefix << 8) | b;
        int rules = VexRules(key);
        bool known = (rules & NoVex) == 0
            && (VexNew(key, b) || (map == 1 && VexMoves(prefix, b)) || (map == 3 && VexImmediate(prefix, b)) || VectorTable(key));
        if (!known)
        {
            ModRm();
            FetchImmediate(map, b);
        }

        bool refused = ((rules & OneSource) != 0 && !_vexNone)
            || ((rules & Only128) != 0 && _vexLong)
            || ((rules & Only256) != 0 && !_vexLong)
            || ((rules & OnlyW0) != 0 && VexW)
            || ((rules & OnlyW1) != 0 && !VexW);
        refused |= _mod == 3 && (key is 0x2_1_2A or 0x1_3_F0); // MOVNTDQA and LDDQU read memory only
        if (!known || refused)
        {
            Invalid();
        }
    }

    private readonly Handler AvxHandler(Handler handler) => (_mode & Cpu.ModeAvx) != 0 ? handler : &VexHandlers.Missing;

    private void VexOperands(int bytes, bool wide)
    {
        ModRm();
        VectorOperands(bytes == 16 && wide ? 32 : bytes);
        _op.Aux = (byte)_vexV;
        _op.Size = (byte)(wide ? 32 : 16);
        _op.Extra = 2;
    }

    // What Lane, Float and FloatLane do for a VEX prefix; scalars ignore VEX.L.
    private bool VexLane<TOp>(int bytes, bool immediate, bool aligned)
        where TOp : IVec
    {
        VexOperands(bytes, _vexLong && (bytes == 16 || typeof(TOp) == typeof(MovDdup)));
        if (typeof(TOp) == typeof(MovDdup) && _vexLong && _mod != 3)
        {
            _op.Bytes = 32;
        }

        _op.Extra |= (byte)(aligned && typeof(TOp) == typeof(Whole) ? 1 : 0);
        _op.Imm = immediate ? Next() : 0;
        if (typeof(TOp) == typeof(InsertPs) && _mod != 3)
        {
            _op.Imm &= 0x3F;
        }

        _op.Run = AvxHandler(typeof(TOp) == typeof(Whole) && _op.Bytes == 32 ? &VectorFast.LoadWide : &VectorHandlers.Avx<TOp>);
        return true;
    }

    private bool VexFloat<TOp, TShape>(int bytes)
        where TOp : IFloat
        where TShape : IFloatShape
    {
        VexOperands(bytes, _vexLong && !TShape.IsScalar);
        _op.Run = AvxHandler(FloatHandler<TOp, TShape>());
        return true;
    }

    private bool VexFloatLane<TLane>(int bytes, int variant, bool immediate)
        where TLane : FloatHandlers.ILane
    {
        VexOperands(bytes, _vexLong && bytes == 16);
        int mask = variant == 8 ? 31 : variant - 1; // comparisons have more predicates here
        _op.Imm = immediate ? Next() & mask : variant;
        _op.Run = AvxHandler(typeof(TLane) == typeof(DotSingleLane) ? &FloatHandlers.DotSingle : &FloatHandlers.Lane<TLane>);
        return true;
    }

    /// <summary>What each opcode demands of VEX.vvvv, VEX.L and VEX.W.</summary>
    private static int VexRules(int key) => key switch
    {
        0x1_0_10 or 0x1_1_10 or 0x1_0_28 or 0x1_1_28 or 0x1_1_6F or 0x1_2_6F or 0x1_3_F0 => OneSource,
        0x1_0_11 or 0x1_1_11 or 0x1_0_29 or 0x1_1_29 or 0x1_0_2B or 0x1_1_2B or 0x1_1_7F or 0x1_2_7F or 0x1_1_E7 => OneSource,
        0x1_0_51 or 0x1_1_51 or 0x1_0_52 or 0x1_0_53 or 0x1_0_5A or 0x1_1_5A or 0x1_0_5B or 0x1_1_5B or 0x1_2_5B => OneSource,
        0x1_1_E6 or 0x1_2_E6 or 0x1_3_E6 or 0x1_1_70 or 0x1_2_70 or 0x1_3_70 or 0x1_2_12 or 0x1_2_16 or 0x1_3_12 => OneSource,
        0x1_0_50 or 0x1_1_50 or 0x1_1_D7 or 0x1_0_77 => OneSource,
        0x1_0_12 or 0x1_1_12 or 0x1_0_16 or 0x1_1_16 => Only128,
        0x1_0_13 or 0x1_1_13 or 0x1_0_17 or 0x1_1_17 or 0x1_1_6E or 0x1_1_7E or 0x1_2_7E or 0x1_1_D6 => OneSource | Only128,
        0x1_2_2C or 0x1_3_2C or 0x1_2_2D or 0x1_3_2D or 0x1_0_2E or 0x1_1_2E or 0x1_0_2F or 0x1_1_2F => OneSource,
        0x1_1_C4 => Only128,
        0x1_1_C5 or 0x1_1_F7 or 0x1_0_AE => OneSource | Only128,
        0x2_1_0C or 0x2_1_0D => OnlyW0,
        0x2_1_0E or 0x2_1_0F or 0x2_1_13 or 0x2_1_18 or 0x2_1_58 or 0x2_1_59 or 0x2_1_78 or 0x2_1_79 => OneSource | OnlyW0,
        0x2_1_16 or 0x2_1_36 => Only256 | OnlyW0,
        0x2_1_17 or 0x2_1_1C or 0x2_1_1D or 0x2_1_1E or 0x2_1_2A => OneSource,
        0x2_1_19 or 0x2_1_1A or 0x2_1_5A => OneSource | Only256 | OnlyW0,
        >= 0x2_1_20 and <= 0x2_1_25 or (>= 0x2_1_30 and <= 0x2_1_35) => OneSource,
        0x2_1_2C or 0x2_1_2D or 0x2_1_2E or 0x2_1_2F or 0x2_1_46 => OnlyW0,
        0x2_1_41 or 0x2_1_DB => OneSource | Only128,
        0x3_1_41 => Only128,
        0x3_1_00 or 0x3_1_01 => OneSource | Only256 | OnlyW1,
        0x3_1_02 => OnlyW0,
        0x3_1_04 or 0x3_1_05 or 0x3_1_1D => OneSource | OnlyW0,
        0x3_1_06 or 0x3_1_18 or 0x3_1_38 or 0x3_1_46 => Only256 | OnlyW0,
        0x3_1_08 or 0x3_1_09 => OneSource,
        0x3_1_14 or 0x3_1_15 or 0x3_1_16 or 0x3_1_17 or 0x3_1_60 or 0x3_1_61 or 0x3_1_62 or 0x3_1_63 or 0x3_1_DF => OneSource | Only128,
        0x3_1_19 or 0x3_1_39 => OneSource | Only256 | OnlyW0,
        0x3_1_20 or 0x3_1_21 or 0x3_1_22 => Only128,
        0x3_1_4A or 0x3_1_4B or 0x3_1_4C => OnlyW0,
        0x3_0_CC or (>= 0x2_0_00 and <= 0x2_0_FF) => NoVex,
        _ => 0,
    };
}
