namespace Hull.Cpu.Interpreter;

/// <summary>MMX and the conversions between it and SSE. Source: Intel SDM vol. 2D, appendix A.</summary>
// SAFETY: only makes function pointers.
internal unsafe ref partial struct Decoder
{
    private bool MmxTable(int map, byte b) => ((map << 8) | b) switch
    {
        0x1_60 => MmxLane<PunpckLbw>(Mmx.Plain, false, 4),
        0x1_61 => MmxLane<PunpckLwd>(Mmx.Plain, false, 4),
        0x1_62 => MmxLane<PunpckLdq>(Mmx.Plain, false, 4),
        0x1_63 => MmxLane<PackSswb>(Mmx.Joined, false),
        0x1_64 => MmxLane<PcmpGtb>(Mmx.Plain, false),
        0x1_65 => MmxLane<PcmpGtw>(Mmx.Plain, false),
        0x1_66 => MmxLane<PcmpGtd>(Mmx.Plain, false),
        0x1_67 => MmxLane<PackUswb>(Mmx.Joined, false),
        0x1_68 => MmxLane<PunpckLbw>(Mmx.UpperHalf, false),
        0x1_69 => MmxLane<PunpckLwd>(Mmx.UpperHalf, false),
        0x1_6A => MmxLane<PunpckLdq>(Mmx.UpperHalf, false),
        0x1_6B => MmxLane<PackSsdw>(Mmx.Joined, false),
        0x1_74 => MmxLane<PcmpEqb>(Mmx.Plain, false),
        0x1_75 => MmxLane<PcmpEqw>(Mmx.Plain, false),
        0x1_76 => MmxLane<PcmpEqd>(Mmx.Plain, false),
        0x1_D1 => MmxLane<Psrlw>(Mmx.Plain, false),
        0x1_D2 => MmxLane<Psrld>(Mmx.Plain, false),
        0x1_D3 => MmxLane<Psrlq>(Mmx.Plain, false),
        0x1_D4 => MmxLane<Paddq>(Mmx.Plain, false),
        0x1_D5 => MmxLane<Pmullw>(Mmx.Plain, false),
        0x1_D8 => MmxLane<Psubusb>(Mmx.Plain, false),
        0x1_D9 => MmxLane<Psubusw>(Mmx.Plain, false),
        0x1_DA => MmxLane<Pminub>(Mmx.Plain, false),
        0x1_DB => MmxLane<PAnd>(Mmx.Plain, false),
        0x1_DC => MmxLane<Paddusb>(Mmx.Plain, false),
        0x1_DD => MmxLane<Paddusw>(Mmx.Plain, false),
        0x1_DE => MmxLane<Pmaxub>(Mmx.Plain, false),
        0x1_DF => MmxLane<PAndNot>(Mmx.Plain, false),
        0x1_E0 => MmxLane<Pavgb>(Mmx.Plain, false),
        0x1_E1 => MmxLane<Psraw>(Mmx.Plain, false),
        0x1_E2 => MmxLane<Psrad>(Mmx.Plain, false),
        0x1_E3 => MmxLane<Pavgw>(Mmx.Plain, false),
        0x1_E4 => MmxLane<Pmulhuw>(Mmx.Plain, false),
        0x1_E5 => MmxLane<Pmulhw>(Mmx.Plain, false),
        0x1_E8 => MmxLane<Psubsb>(Mmx.Plain, false),
        0x1_E9 => MmxLane<Psubsw>(Mmx.Plain, false),
        0x1_EA => MmxLane<Pminsw>(Mmx.Plain, false),
        0x1_EB => MmxLane<POr>(Mmx.Plain, false),
        0x1_EC => MmxLane<Paddsb>(Mmx.Plain, false),
        0x1_ED => MmxLane<Paddsw>(Mmx.Plain, false),
        0x1_EE => MmxLane<Pmaxsw>(Mmx.Plain, false),
        0x1_EF => MmxLane<PXor>(Mmx.Plain, false),
        0x1_F1 => MmxLane<Psllw>(Mmx.Plain, false),
        0x1_F2 => MmxLane<Pslld>(Mmx.Plain, false),
        0x1_F3 => MmxLane<Psllq>(Mmx.Plain, false),
        0x1_F4 => MmxLane<Pmuludq>(Mmx.Plain, false),
        0x1_F5 => MmxLane<Pmaddwd>(Mmx.Plain, false),
        0x1_F6 => MmxLane<Psadbw>(Mmx.Plain, false),
        0x1_F8 => MmxLane<Psubb>(Mmx.Plain, false),
        0x1_F9 => MmxLane<Psubw>(Mmx.Plain, false),
        0x1_FA => MmxLane<Psubd>(Mmx.Plain, false),
        0x1_FB => MmxLane<Psubq>(Mmx.Plain, false),
        0x1_FC => MmxLane<Paddb>(Mmx.Plain, false),
        0x1_FD => MmxLane<Paddw>(Mmx.Plain, false),
        0x1_FE => MmxLane<Paddd>(Mmx.Plain, false),
        0x2_00 => MmxLane<Pshufb>(Mmx.Shuffle, false),
        0x2_01 => MmxLane<Phaddw>(Mmx.Joined, false),
        0x2_02 => MmxLane<Phaddd>(Mmx.Joined, false),
        0x2_03 => MmxLane<Phaddsw>(Mmx.Joined, false),
        0x2_04 => MmxLane<Pmaddubsw>(Mmx.Plain, false),
        0x2_05 => MmxLane<Phsubw>(Mmx.Joined, false),
        0x2_06 => MmxLane<Phsubd>(Mmx.Joined, false),
        0x2_07 => MmxLane<Phsubsw>(Mmx.Joined, false),
        0x2_08 => MmxLane<Psignb>(Mmx.Plain, false),
        0x2_09 => MmxLane<Psignw>(Mmx.Plain, false),
        0x2_0A => MmxLane<Psignd>(Mmx.Plain, false),
        0x2_0B => MmxLane<Pmulhrsw>(Mmx.Plain, false),
        0x2_1C => MmxLane<Pabsb>(Mmx.Plain, false),
        0x2_1D => MmxLane<Pabsw>(Mmx.Plain, false),
        0x2_1E => MmxLane<Pabsd>(Mmx.Plain, false),
        0x1_6F => MmxLane<Whole>(Mmx.Plain, false),
        0x1_70 => MmxLane<PshufLw>(Mmx.Plain, true),
        0x3_0F => MmxLane<Palignr>(Mmx.Align, true),
        _ => false,
    };

    private bool MmxLane<TOp>(byte kind, bool immediate, int bytes = 8)
        where TOp : IVec
    {
        MmxOperands(bytes);
        _op.Aux = kind;
        _op.Imm = immediate ? Next() : 0;
        _op.Run = MmxHandler(&Mmx.Lane<TOp>);
        return true;
    }

    // MMX registers have three bits: REX does not reach them.
    private void MmxOperands(int bytes)
    {
        ModRm();
        _op.Dst = (byte)(_reg & 7);
        _op.Src = (byte)(_rm & 7);
        _op.Bytes = (byte)(_mod == 3 ? 0 : bytes);
    }

    private readonly Handler MmxHandler(Handler handler) =>
        (_mode & Cpu.ModeEm) != 0 ? &SystemOps.Undefined : (_mode & Cpu.ModeFpu) == 0 ? &SystemOps.DeviceNotAvailable : handler;

    /// <summary>Opcodes of map 1 with forms of their own.</summary>
    private bool MmxSpecial(int prefix, byte b)
    {
        switch (b)
        {
            case 0x77 when prefix == 0:
                _op.Run = MmxHandler(&Mmx.Empty);
                return true;
            case 0x6E when prefix == 0:
                MmxOperands(RexW ? 8 : 4);
                _op.Size = (byte)(RexW ? 8 : 4);
                _op.Src = _mod == 3 ? Register(_rm, 8) : _op.Src;
                _op.Run = MmxHandler(&Mmx.FromGeneral);
                return true;
            case 0x7E when prefix == 0:
                MmxOperands(RexW ? 8 : 4);
                _op.Size = (byte)(RexW ? 8 : 4);
                _op.Writes = true;
                _op.Src = Register(_rm, 8);
                _op.Run = MmxHandler(_mod == 3 ? &Mmx.ToGeneral : &Mmx.Store);
                return true;
            case 0x7F when prefix == 0:
                MmxOperands(8);
                _op.Writes = true;
                (_op.Dst, _op.Src) = _mod == 3 ? (_op.Src, _op.Dst) : (_op.Dst, _op.Src);
                _op.Run = MmxHandler(_mod == 3 ? &Mmx.Lane<Whole> : &Mmx.Store);
                return true;
            case 0xE7 when prefix == 0:
                MmxOperands(8);
                _op.Writes = true;
                Only(_mod != 3, MmxHandler(&Mmx.Store));
                return true;
            case 0x71 or 0x72 or 0x73 when prefix == 0:
                MmxShift(b);
                return true;
            case 0xC4 when prefix == 0:
                MmxOperands(2);
                _op.Src = Register(_rm, 8);
                _op.Imm = Next();
                _op.Run = MmxHandler(&Mmx.Insert);
                return true;
            case 0xC5 when prefix == 0:
                MmxOperands(0);
                _op.Dst = Register(_reg, 8);
                _op.Imm = Next();
                Only(_mod == 3, MmxHandler(&Mmx.Extract));
                return true;
            case 0xD7 when prefix == 0:
                MmxOperands(0);
                _op.Dst = Register(_reg, 8);
                Only(_mod == 3, MmxHandler(&Mmx.MoveMask));
                return true;
            case 0xF7 when prefix == 0:
                StringOp(1, null);
                MmxOperands(0);
                _op.Extra = (byte)_address;
                Only(_mod == 3, MmxHandler(&Mmx.StoreMasked));
                return true;
            default:
                return MmxAndVector(prefix, b);
        }
    }

    private bool MmxAndVector(int prefix, byte b)
    {
        switch (b)
        {
            case 0xD6 when prefix >= 2:
                MmxOperands(0);
                _op.Dst = (byte)(prefix == 2 ? _reg : _reg & 7);
                _op.Src = (byte)(prefix == 2 ? _rm & 7 : _rm);
                Only(_mod == 3, MmxVectorHandler(prefix == 2 ? &Mmx.ToVector : &Mmx.FromVector));
                return true;
            case 0x2A when prefix < 2:
                MmxOperands(8);
                _op.Dst = (byte)_reg;
                _op.Imm = prefix;
                _op.Run = MmxVectorHandler(&Mmx.ToFloat);
                return true;
            case 0x2C or 0x2D when prefix < 2:
                MmxOperands(prefix == 1 ? 16 : 8);
                _op.Src = (byte)_rm;
                _op.Extra = (byte)prefix;
                _op.Aux = (byte)(prefix | (b == 0x2C ? 2 : 0));
                _op.Run = MmxVectorHandler(&Mmx.FromFloat);
                return true;
            default:
                return false;
        }
    }

    private readonly Handler MmxVectorHandler(Handler handler) =>
        (_mode & Cpu.ModeSse) != 0 ? MmxHandler(handler) : SseHandler(handler);

    private void MmxShift(byte b)
    {
        MmxOperands(0);
        _op.Dst = _op.Src;
        _op.Imm = Next();
        Handler handler = (b, _reg & 7) switch
        {
            (0x71, 2) => &Mmx.Lane<ShiftRight16>,
            (0x71, 4) => &Mmx.Lane<ShiftSigned16>,
            (0x71, 6) => &Mmx.Lane<ShiftLeft16>,
            (0x72, 2) => &Mmx.Lane<ShiftRight32>,
            (0x72, 4) => &Mmx.Lane<ShiftSigned32>,
            (0x72, 6) => &Mmx.Lane<ShiftLeft32>,
            (0x73, 2) => &Mmx.Lane<ShiftRight64>,
            (0x73, 6) => &Mmx.Lane<ShiftLeft64>,
            _ => null,
        };
        Only(handler != null && _mod == 3, MmxHandler(handler));
    }
}
