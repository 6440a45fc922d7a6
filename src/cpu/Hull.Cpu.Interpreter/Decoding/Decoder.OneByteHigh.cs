namespace Hull.Cpu.Interpreter;

/// <summary>The one-byte opcode map from D0 on.</summary>
// SAFETY: only makes function pointers.
internal unsafe ref partial struct Decoder
{
    private void RowD(byte b)
    {
        switch (b)
        {
            case <= 0xD3:
                _size = (b & 1) == 0 ? 1 : _size;
                ModRm();
                Shift(1, b >= 0xD2);
                break;
            case 0xD4 or 0xD5:
                _op.Imm = Next(); // fetched before it is refused
                if (!InvalidIn64())
                {
                    _op.Extra = (byte)(b - 0xD4);
                    _op.Run = &Multiply.AsciiAdjust;
                }

                break;
            case 0xD6:
                if (!InvalidIn64())
                {
                    _op.Run = &SystemOps.SetFromCarry;
                }

                break;
            case 0xD7:
                FinishAddress();
                Memory(1, false);
                _op.Run = &Moves.Translate;
                break;
            default:
                FloatingPoint(b);
                break;
        }
    }

    private void RowE(byte b)
    {
        _op.Size = (byte)_size;
        switch (b)
        {
            case <= 0xE3:
                _op.Aux = (byte)(b - 0xE0);
                _op.Extra = (byte)_address;
                Branch(&Flow.Loop, &Flow.Loop, Immediate8(), false);
                break;
            case 0xE8:
                Branch(&Flow.Call, &Flow.LegacyCall, BranchDisplacement(), true);
                _op.Segment = Sr.SS;
                break;
            case 0xE9:
                Branch(&Flow.Jump, &Flow.LegacyJump, BranchDisplacement(), true);
                break;
            case 0xEA:
                if (!InvalidIn64())
                {
                    FarPointer(0);
                }

                break;
            case 0xEB:
                Branch(&Flow.Jump, &Flow.LegacyJump, Immediate8(), true);
                break;
            default:
                Port(b);
                break;
        }
    }

    private void Port(byte b)
    {
        _op.Size = (byte)((b & 1) == 0 ? 1 : Math.Min(_size, 4));
        _op.Aux = (byte)(b >= 0xEC ? 1 : 0);
        _op.Imm = b >= 0xEC ? 0 : Next();
        _op.Run = (b & 2) == 0 ? &SystemOps.In : &SystemOps.Out;
        _ends = true;
    }

    private void RowF(byte b)
    {
        switch (b)
        {
            case 0xF1:
                _op.Imm = 1;
                _op.Extra = 2;
                _op.Kind = 2;
                _op.Run = &Transfers.SoftwareInterrupt;
                _ends = true;
                break;
            case 0xF4:
                _op.Run = &SystemOps.Halt;
                _ends = true;
                break;
            case 0xF5 or 0xF8 or 0xF9:
                _op.Extra = (byte)(b == 0xF5 ? 2 : b & 1);
                _op.Run = &SystemOps.Carry;
                break;
            case 0xF6 or 0xF7:
                Group3(b);
                break;
            case 0xFA:
                _op.Run = &SystemOps.ClearInterrupts;
                break;
            case 0xFB:
                _op.Run = &SystemOps.SetInterrupts;
                break;
            case 0xFC:
                _op.Run = &SystemOps.ClearDirection;
                break;
            case 0xFD:
                _op.Run = &SystemOps.SetDirection;
                break;
            case 0xFE:
                _size = 1;
                ModRm();
                if ((_reg & 7) < 2)
                {
                    IncDecRm();
                }
                else
                {
                    Invalid();
                }

                break;
            default:
                Group5();
                break;
        }
    }

    private void IncDecRm()
    {
        _op.Dst = Register(_rm, _size);
        Memory(_size, true);
        _lockable = _mod != 3;
        _op.Run = (_reg & 7) == 0 ? UnaryHandler<Inc>() : UnaryHandler<Dec>();
    }

    private void Group3(byte b)
    {
        _size = b == 0xF6 ? 1 : _size;
        ModRm();
        switch (_reg & 7)
        {
            case 0 or 1:
                _op.Imm = Immediate();
                _op.Dst = Register(_rm, _size);
                Memory(_size, false);
                _op.Run = Binary(8, _mod == 3 ? 3 : 4);
                break;
            case 2 or 3:
                _op.Dst = Register(_rm, _size);
                Memory(_size, true);
                _lockable = _mod != 3;
                _op.Run = (_reg & 7) == 2 ? UnaryHandler<Not>() : UnaryHandler<Neg>();
                break;
            case 4:
                SourceRm(_size);
                _op.Run = Pick(_size, &Multiply.Unsigned<byte>, &Multiply.Unsigned<ushort>, &Multiply.Unsigned<uint>, &Multiply.Unsigned<ulong>);
                break;
            case 5:
                SourceRm(_size);
                _op.Run = Pick(_size, &Multiply.Signed<byte>, &Multiply.Signed<ushort>, &Multiply.Signed<uint>, &Multiply.Signed<ulong>);
                break;
            case 6:
                SourceRm(_size);
                _op.Run = Pick(_size, &Multiply.UnsignedDivide<byte>, &Multiply.UnsignedDivide<ushort>, &Multiply.UnsignedDivide<uint>, &Multiply.UnsignedDivide<ulong>);
                break;
            default:
                SourceRm(_size);
                _op.Run = Pick(_size, &Multiply.SignedDivide<byte>, &Multiply.SignedDivide<ushort>, &Multiply.SignedDivide<uint>, &Multiply.SignedDivide<ulong>);
                break;
        }
    }

    private void Group5()
    {
        ModRm();
        bool register = _mod == 3;
        switch (_reg & 7)
        {
            case 0 or 1:
                IncDecRm();
                break;
            case 2:
                NearIndirect(
                    register ? &Flow.CallReg : &Flow.CallMem,
                    register ? &Flow.LegacyCallReg : &Flow.LegacyCallMem);
                break;
            case 4:
                NearIndirect(
                    register ? &Flow.JumpReg : &Flow.JumpMem,
                    register ? &Flow.LegacyJumpReg : &Flow.LegacyJumpMem);
                break;
            case 3 or 5:
                _op.Size = (byte)_size;
                _op.Extra = (byte)((_reg & 7) == 3 ? 1 : 0);
                Memory(_size + 2, false);
                Only(!register, &Transfers.FarIndirect);
                _ends = true;
                break;
            case 6:
                _op.Size = (byte)StackSize;
                _op.Dst = (byte)(_rm * 8);
                Memory(_op.Size, false);
                _op.Segment = register ? (byte)Sr.SS : _op.Segment;
                _op.Run = register ? (_op.Size == 8 ? &Stack.Push64 : &Stack.PushReg) : &Stack.PushMem;
                break;
            default:
                Invalid();
                break;
        }
    }

    private void NearIndirect(Handler near, Handler legacy)
    {
        _op.Size = (byte)(_code64 ? 8 : _size);
        _op.Dst = (byte)(_rm * 8);
        Memory(_op.Size, false);
        _op.Run = _code64 ? near : legacy;
        _ends = true;
    }
}
