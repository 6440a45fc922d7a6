namespace Hull.Cpu.Interpreter;

/// <summary>The one-byte opcode map.</summary>
// SAFETY: only makes function pointers.
internal unsafe ref partial struct Decoder
{
    private void OneByte(byte b)
    {
        if (b < 0x40)
        {
            if ((b & 7) < 6)
            {
                Arithmetic(b >> 3, b & 7);
            }
            else
            {
                LowSpecial(b);
            }

            return;
        }

        switch (b >> 4)
        {
            case 4:
                IncDecRegister(b);
                break;
            case 5:
                PushPopRegister(b);
                break;
            case 6:
                Row6(b);
                break;
            case 7:
                JumpIf(b & 15, Immediate8());
                break;
            case 8:
                Row8(b);
                break;
            case 9:
                Row9(b);
                break;
            case 0xA:
                RowA(b);
                break;
            case 0xB:
                MoveImmediate(b);
                break;
            case 0xC:
                RowC(b);
                break;
            case 0xD:
                RowD(b);
                break;
            case 0xE:
                RowE(b);
                break;
            default:
                RowF(b);
                break;
        }
    }

    private Handler BinaryHandler<TOp>(int form)
        where TOp : IAlu => (form, _lock) switch
        {
            (0, _) => Pick(_size, &Alu.RegReg<TOp, byte>, &Alu.RegReg<TOp, ushort>, &Alu.RegReg<TOp, uint>, &Alu.RegReg<TOp, ulong>),
            (1, _) => Pick(_size, &Alu.RegMem<TOp, byte>, &Alu.RegMem<TOp, ushort>, &Alu.RegMem<TOp, uint>, &Alu.RegMem<TOp, ulong>),
            (2, false) => Pick(_size, &Alu.MemReg<TOp, byte>, &Alu.MemReg<TOp, ushort>, &Alu.MemReg<TOp, uint>, &Alu.MemReg<TOp, ulong>),
            (2, true) => Pick(_size, &Alu.LockMemReg<TOp, byte>, &Alu.LockMemReg<TOp, ushort>, &Alu.LockMemReg<TOp, uint>, &Alu.LockMemReg<TOp, ulong>),
            (3, _) => Pick(_size, &Alu.RegImm<TOp, byte>, &Alu.RegImm<TOp, ushort>, &Alu.RegImm<TOp, uint>, &Alu.RegImm<TOp, ulong>),
            (_, false) => Pick(_size, &Alu.MemImm<TOp, byte>, &Alu.MemImm<TOp, ushort>, &Alu.MemImm<TOp, uint>, &Alu.MemImm<TOp, ulong>),
            _ => Pick(_size, &Alu.LockMemImm<TOp, byte>, &Alu.LockMemImm<TOp, ushort>, &Alu.LockMemImm<TOp, uint>, &Alu.LockMemImm<TOp, ulong>),
        };

    private Handler Binary(int operation, int form)
    {
        _compare = operation >= CompareOperation ? new CompareForm(operation == CompareOperation, form, _size) : null;
        return operation switch
        {
            0 => BinaryHandler<Add>(form),
            1 => BinaryHandler<Or>(form),
            2 => BinaryHandler<Adc>(form),
            3 => BinaryHandler<Sbb>(form),
            4 => BinaryHandler<And>(form),
            5 => BinaryHandler<Sub>(form),
            6 => BinaryHandler<Xor>(form),
            CompareOperation => BinaryHandler<Compare>(form),
            _ => BinaryHandler<Test>(form),
        };
    }

    private void Memory(int bytes, bool writes)
    {
        _op.Bytes = (byte)bytes;
        _op.Writes = writes;
    }

    /// <summary>The eight operations with their six forms.</summary>
    private void Arithmetic(int operation, int form)
    {
        if ((form & 1) == 0)
        {
            _size = 1;
        }

        if (form >= 4)
        {
            _op.Dst = Rg.AX;
            _op.Imm = Immediate();
            _op.Run = Binary(operation, 3);
            return;
        }

        ModRm();
        if (form < 2)
        {
            RmReg(operation);
        }
        else
        {
            _op.Dst = Register(_reg, _size);
            _op.Src = Register(_rm, _size);
            Memory(_size, false);
            _op.Run = Binary(operation, _mod == 3 ? 0 : 1);
        }
    }

    private void RmReg(int operation)
    {
        _op.Src = Register(_reg, _size);
        _op.Dst = Register(_rm, _size);
        bool writes = operation < 7;
        Memory(_size, writes);
        _lockable = _mod != 3 && writes;
        _op.Run = Binary(operation, _mod == 3 ? 0 : 2);
    }

    private void LowSpecial(byte b)
    {
        if (b == 0x0F)
        {
            TwoByte();
            return;
        }

        if (InvalidIn64())
        {
            return;
        }

        if (b < 0x20)
        {
            _op.Aux = (byte)((b >> 3) & 3);
            _op.Size = (byte)_size;
            _op.Run = (b & 7) == 6 ? &Stack.PushSegment : &Stack.PopSegment;
            _ends = (b & 7) == 7;
            return;
        }

        // DAA, DAS, AAA, AAS; the others of this column are prefixes.
        _op.Extra = (byte)((b - 0x27) >> 3);
        _op.Run = &Multiply.Decimal;
    }

    private Handler UnaryHandler<TOp>()
        where TOp : IUnary => _mod == 3
            ? Pick(_size, &Alu.UnaryReg<TOp, byte>, &Alu.UnaryReg<TOp, ushort>, &Alu.UnaryReg<TOp, uint>, &Alu.UnaryReg<TOp, ulong>)
            : _lock
                ? Pick(_size, &Alu.LockUnaryMem<TOp, byte>, &Alu.LockUnaryMem<TOp, ushort>, &Alu.LockUnaryMem<TOp, uint>, &Alu.LockUnaryMem<TOp, ulong>)
                : Pick(_size, &Alu.UnaryMem<TOp, byte>, &Alu.UnaryMem<TOp, ushort>, &Alu.UnaryMem<TOp, uint>, &Alu.UnaryMem<TOp, ulong>);

    private void IncDecRegister(byte b)
    {
        _op.Dst = Register(b & 7, _size);
        _op.Run = b < 0x48 ? UnaryHandler<Inc>() : UnaryHandler<Dec>();
    }

    private int StackSize => _code64 ? (_operandPrefix && !RexW ? 2 : 8) : _size;

    private void PushPopRegister(byte b)
    {
        _op.Dst = (byte)(((b & 7) | ((_rex & 1) << 3)) * 8);
        _op.Size = (byte)StackSize;
        _op.Segment = Sr.SS;
        _op.Run = b < 0x58
            ? (_op.Size == 8 ? &Stack.Push64 : &Stack.PushReg)
            : (_op.Size == 8 ? &Stack.Pop64 : &Stack.PopReg);
    }

    private void Row6(byte b)
    {
        switch (b)
        {
            case 0x60 or 0x61:
                if (!InvalidIn64())
                {
                    _op.Size = (byte)_size;
                    _op.Run = b == 0x60 ? &Stack.PushAll : &Stack.PopAll;
                }

                break;
            case 0x62:
                if (!InvalidIn64())
                {
                    ModRm();
                    _op.Dst = Register(_reg, 4);
                    _op.Size = (byte)_size;
                    Memory(_size * 2, false);
                    Only(_mod != 3, &SystemTables.Bound);
                }

                break;
            case 0x63:
                Row63();
                break;
            case 0x68:
                _op.Size = (byte)StackSize;
                _op.Imm = _op.Size == 2 ? (short)Next16() : (int)Next32();
                _op.Segment = Sr.SS;
                _op.Run = &Stack.PushImm;
                break;
            case 0x6A:
                _op.Size = (byte)StackSize;
                _op.Imm = Immediate8();
                _op.Segment = Sr.SS;
                _op.Run = &Stack.PushImm;
                break;
            case 0x69 or 0x6B:
                ModRm();
                _op.Dst = Register(_reg, _size);
                SourceRm(_size);
                _op.Imm = b == 0x69 ? Immediate() : Immediate8();
                _op.Run = Pick(_size, null, &Multiply.SignedImm<ushort>, &Multiply.SignedImm<uint>, &Multiply.SignedImm<ulong>);
                break;
            case 0x6C or 0x6D or 0x6E or 0x6F:
                StringOp((b & 1) == 0 ? 1 : Math.Min(_size, 4), b < 0x6E ? &Strings.Input : &Strings.Output);
                break;
            default:
                Invalid();
                break;
        }
    }

    private void Row63()
    {
        ModRm();
        if (_code64)
        {
            _op.Dst = Register(_reg, _size);
            _op.Src = Register(_rm, 4);
            Memory(4, false);
            _op.Run = _mod == 3
                ? Pick(_size, null, &Moves.RegReg<ushort>, &Moves.RegReg<uint>, &Moves.SignReg<uint, ulong>)
                : Pick(_size, null, &Moves.RegMem<ushort>, &Moves.RegMem<uint>, &Moves.SignMem<uint, ulong>);
            return;
        }

        _op.Dst = Register(_reg, 2);
        SourceRm(2);
        _op.Run = &SystemTables.AdjustPrivilege;
    }

    /// <summary>Source operand in Src, or in memory (then Bytes is its size and Bytes = 0 says register).</summary>
    private void SourceRm(int size)
    {
        _op.Src = Register(_rm, size);
        _op.Bytes = (byte)(_mod == 3 ? 0 : size);
        _op.Size = (byte)size;
    }

    private void Only(bool valid, Handler handler)
    {
        if (valid)
        {
            _op.Run = handler;
        }
        else
        {
            Invalid();
        }
    }

    private void JumpIf(int condition, long displacement)
    {
        Branch(ConditionTable.Jump(condition), ConditionTable.LegacyJump(condition), displacement, false);
        _condition = _code64 ? condition : None;
    }

    private void Branch(Handler near, Handler legacy, long displacement, bool ends)
    {
        _op.Imm = _at + displacement;
        _op.Size = (byte)(_code64 ? 8 : _size);
        _op.Run = _code64 ? near : legacy;
        _ends |= ends;
    }

    private long BranchDisplacement() => _code64 || _size != 2 ? (int)Next32() : (short)Next16();

    private void Row8(byte b)
    {
        switch (b)
        {
            case <= 0x83:
                Group1(b);
                break;
            case 0x84 or 0x85:
                _size = b == 0x84 ? 1 : _size;
                ModRm();
                RmReg(8);
                break;
            case 0x86 or 0x87:
                _size = b == 0x86 ? 1 : _size;
                ModRm();
                _op.Dst = Register(_rm, _size);
                _op.Src = Register(_reg, _size);
                Memory(_size, true);
                _lockable = _mod != 3;
                _op.Run = _mod == 3
                    ? Pick(_size, &Moves.ExchangeReg<byte>, &Moves.ExchangeReg<ushort>, &Moves.ExchangeReg<uint>, &Moves.ExchangeReg<ulong>)
                    : Pick(_size, &Moves.ExchangeMem<byte>, &Moves.ExchangeMem<ushort>, &Moves.ExchangeMem<uint>, &Moves.ExchangeMem<ulong>);
                break;
            case 0x88 or 0x89 or 0x8A or 0x8B:
                MoveRm(b);
                break;
            case 0x8C:
                ModRm();
                _op.Aux = (byte)(_reg & 7);
                _op.Dst = Register(_rm, _size);
                _op.Size = (byte)_size;
                Memory(_mod == 3 ? 0 : 2, true);
                Only((_reg & 7) < 6, &SystemTables.MoveFromSegment);
                break;
            case 0x8D:
                ModRm();
                _op.Dst = Register(_reg, _size);
                Only(_mod != 3, Pick(_size, null, &Moves.Lea<ushort>, &Moves.Lea<uint>, &Moves.Lea<ulong>));
                break;
            case 0x8E:
                ModRm();
                SourceRm(2);
                _op.Aux = (byte)(_reg & 7);
                Only((_reg & 7) < 6 && (_reg & 7) != Sr.CS, &SystemTables.MoveToSegment);
                _ends |= (_reg & 7) == Sr.SS || !_code64;
                break;
            default:
                ModRm();
                _op.Size = (byte)StackSize;
                Memory(_op.Size, true);
                _op.Dst = (byte)(_rm * 8);
                Only((_reg & 7) == 0, _mod == 3 ? &Stack.PopReg : &Stack.PopMem);
                break;
        }
    }

    private void Group1(byte b)
    {
        _size = (b & 1) == 0 ? 1 : _size;
        ModRm();
        int operation = _reg & 7;
        _op.Imm = b == 0x81 ? Immediate() : Immediate8();
        _op.Dst = Register(_rm, _size);
        Memory(_size, operation < 7);
        _lockable = _mod != 3 && operation < 7;
        if (b == 0x82 && InvalidIn64())
        {
            return;
        }

        _op.Run = Binary(operation, _mod == 3 ? 3 : 4);
    }

    private void MoveRm(byte b)
    {
        _size = (b & 1) == 0 ? 1 : _size;
        ModRm();
        bool load = b >= 0x8A;
        _op.Dst = Register(load ? _reg : _rm, _size);
        _op.Src = Register(load ? _rm : _reg, _size);
        Memory(_size, !load);
        _op.Run = _mod == 3
            ? Pick(_size, &Moves.RegReg<byte>, &Moves.RegReg<ushort>, &Moves.RegReg<uint>, &Moves.RegReg<ulong>)
            : load
                ? Pick(_size, &Moves.RegMem<byte>, &Moves.RegMem<ushort>, &Moves.RegMem<uint>, &Moves.RegMem<ulong>)
                : Pick(_size, &Moves.MemReg<byte>, &Moves.MemReg<ushort>, &Moves.MemReg<uint>, &Moves.MemReg<ulong>);
    }

    private void Row9(byte b)
    {
        if (b < 0x98)
        {
            _op.Dst = Rg.AX;
            _op.Src = (byte)(((b & 7) | ((_rex & 1) << 3)) * 8);
            _op.Run = _op.Src == Rg.AX || (b == 0x90 && _repeat == 0xF3)
                ? &Moves.Nop
                : Pick(_size, null, &Moves.ExchangeReg<ushort>, &Moves.ExchangeReg<uint>, &Moves.ExchangeReg<ulong>);
            return;
        }

        _op.Size = (byte)_size;
        switch (b)
        {
            case 0x98:
                _op.Run = &Moves.ExtendAx;
                break;
            case 0x99:
                _op.Run = &Moves.ExtendDx;
                break;
            case 0x9A:
                if (!InvalidIn64())
                {
                    FarPointer(1);
                }

                break;
            case 0x9B:
                _op.Run = &X87.Wait;
                break;
            case 0x9C or 0x9D:
                _op.Size = (byte)StackSize;
                _op.Segment = Sr.SS;
                _op.Run = b == 0x9C ? &Stack.PushFlags : &Stack.PopFlags;
                _ends = b == 0x9D;
                break;
            case 0x9E:
                _op.Run = &SystemOps.LoadFlags;
                break;
            default:
                _op.Run = &SystemOps.StoreFlags;
                break;
        }
    }

    private void FarPointer(byte call)
    {
        _op.Imm = _size == 2 ? Next16() : Next32();
        _op.Disp = Next16();
        _op.Extra = call;
        _op.Size = (byte)_size;
        _op.Run = &Transfers.FarDirect;
        _ends = true;
    }

    private void StringOp(int size, Handler handler)
    {
        _op.Size = (byte)size;
        _op.Extra = (byte)_address;
        _op.Aux = (byte)(_repeat == 0 ? 0 : _repeat == 0xF3 ? 1 : 2);
        _op.Kind = Strings.StringOther;
        _op.Segment = (byte)(_segment >= 0 && (!_code64 || _segment >= Sr.FS) ? _segment : Sr.DS);
        _op.Run = handler;
    }

    private void RowA(byte b)
    {
        switch (b)
        {
            case <= 0xA3:
                _size = (b & 1) == 0 ? 1 : _size;
                MoveOffset(b >= 0xA2);
                break;
            case 0xA8 or 0xA9:
                _size = b == 0xA8 ? 1 : _size;
                _op.Dst = Rg.AX;
                _op.Imm = Immediate();
                _op.Run = Binary(8, 3);
                break;
            default:
                StringOp((b & 1) == 0 ? 1 : _size, (b >> 1) switch
                {
                    0x52 => &Strings.Move,
                    0x53 => &Strings.CompareStrings,
                    0x55 => &Strings.Fill,
                    0x56 => &Strings.LoadString,
                    _ => &Strings.Scan,
                });
                _op.Kind = (b >> 1) switch
                {
                    0x52 => Strings.StringMove,
                    0x55 => Strings.StringStore,
                    _ => Strings.StringOther,
                };
                break;
        }
    }

    /// <summary>MOV with an absolute address: the 64-bit one does not fit Disp, so it goes through Imm.</summary>
    private void MoveOffset(bool store)
    {
        ulong address = _address == 8 ? Next64() : _address == 4 ? Next32() : Next16();
        FinishAddress();
        Memory(_size, store);
        _op.Imm = (long)address;
        _op.Size = (byte)_size;
        _op.Dst = Rg.AX;
        _op.Run = store ? &MovesAbsolute.Store : &MovesAbsolute.Load;
    }

    private void MoveImmediate(byte b)
    {
        int number = (b & 7) | ((_rex & 1) << 3);
        if (b < 0xB8)
        {
            _op.Dst = Register(number, 1);
            _op.Imm = Immediate8();
            _op.Run = &Moves.RegImm<byte>;
            return;
        }

        _op.Dst = (byte)(number * 8);
        _op.Imm = _size == 8 ? (long)Next64() : _size == 4 ? Next32() : Next16();
        _op.Run = Pick(_size, null, &Moves.RegImm<ushort>, &Moves.RegImm<uint>, &Moves.RegImm<ulong>);
    }

    private void RowC(byte b)
    {
        _op.Size = (byte)_size;
        switch (b)
        {
            case 0xC0 or 0xC1:
                _size = b == 0xC0 ? 1 : _size;
                ModRm();
                Shift(Next() & (_size == 8 ? 63 : 31), false);
                break;
            case 0xC2 or 0xC3:
                NearReturn(b == 0xC2 ? Next16() : 0);
                break;
            case 0xC4 or 0xC5:
                VexOrFarPointer(b);
                break;
            case 0xC6 or 0xC7:
                MoveGroup11(b);
                break;
            case 0xC8:
                _op.Size = (byte)StackSize;
                _op.Imm = Next16();
                _op.Extra = Next();
                _op.Run = &Stack.Enter;
                break;
            case 0xC9:
                _op.Size = (byte)StackSize;
                _op.Segment = Sr.SS;
                _op.Run = &Stack.Leave;
                break;
            case 0xCA or 0xCB:
                _op.Imm = b == 0xCA ? Next16() : 0;
                _op.Run = &Transfers.FarReturn;
                _ends = true;
                break;
            case 0xCC or 0xCD or 0xCE:
                if (b == 0xCE && InvalidIn64())
                {
                    break;
                }

                _op.Extra = (byte)(b == 0xCD ? 0 : 1);
                _op.Imm = b == 0xCC ? 3 : b == 0xCE ? 4 : Next();
                _op.Kind = 2;
                _op.Run = &Transfers.SoftwareInterrupt;
                _ends = b != 0xCE;
                break;
            default:
                _op.Run = &Transfers.InterruptReturn;
                _ends = true;
                break;
        }
    }

    private void NearReturn(int bytes)
    {
        _op.Imm = bytes;
        _op.Segment = Sr.SS;
        _op.Size = (byte)(_code64 ? 8 : _size);
        _op.Run = _code64 ? &Flow.Return : &Flow.LegacyReturn;
        _ends = true;
    }

    private void MoveGroup11(byte b)
    {
        _size = b == 0xC6 ? 1 : _size;
        ModRm();
        _op.Imm = Immediate();
        _op.Dst = Register(_rm, _size);
        Memory(_size, true);
        if ((_reg & 7) != 0)
        {
            Invalid();
            return;
        }

        _op.Run = _mod == 3
            ? Pick(_size, &Moves.RegImm<byte>, &Moves.RegImm<ushort>, &Moves.RegImm<uint>, &Moves.RegImm<ulong>)
            : Pick(_size, &Moves.MemImm<byte>, &Moves.MemImm<ushort>, &Moves.MemImm<uint>, &Moves.MemImm<ulong>);
    }

    private Handler ShiftHandler<TOp>(bool byCl)
        where TOp : IShift => (_mod == 3, byCl) switch
        {
            (true, false) => Pick(_size, &Shifts.RegImm<TOp, byte>, &Shifts.RegImm<TOp, ushort>, &Shifts.RegImm<TOp, uint>, &Shifts.RegImm<TOp, ulong>),
            (true, true) => Pick(_size, &Shifts.RegCl<TOp, byte>, &Shifts.RegCl<TOp, ushort>, &Shifts.RegCl<TOp, uint>, &Shifts.RegCl<TOp, ulong>),
            (false, false) => Pick(_size, &Shifts.MemImm<TOp, byte>, &Shifts.MemImm<TOp, ushort>, &Shifts.MemImm<TOp, uint>, &Shifts.MemImm<TOp, ulong>),
            _ => Pick(_size, &Shifts.MemCl<TOp, byte>, &Shifts.MemCl<TOp, ushort>, &Shifts.MemCl<TOp, uint>, &Shifts.MemCl<TOp, ulong>),
        };

    private void Shift(int count, bool byCl)
    {
        _op.Imm = count;
        _op.Dst = Register(_rm, _size);
        Memory(_size, true);
        _op.Run = (_reg & 7) switch
        {
            0 => ShiftHandler<Rol>(byCl),
            1 => ShiftHandler<Ror>(byCl),
            2 => ShiftHandler<Rcl>(byCl),
            3 => ShiftHandler<Rcr>(byCl),
            5 => ShiftHandler<Shr>(byCl),
            7 => ShiftHandler<Sar>(byCl),
            _ => ShiftHandler<Shl>(byCl),
        };
    }
}
