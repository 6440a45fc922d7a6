namespace Hull.Cpu.Interpreter;

/// <summary>The 0F opcode map, integer and system part.</summary>
// SAFETY: only makes function pointers.
internal unsafe ref partial struct Decoder
{
    private void TwoByte()
    {
        byte b = Next();
        switch (b)
        {
            case 0x00 or 0x01 or 0x02 or 0x03:
                SystemGroups(b);
                break;
            case 0x05 or 0x07 or 0x34 or 0x35:
                FastCalls(b);
                break;
            case 0x06:
                _op.Run = &SystemOps.ClearTaskSwitched;
                _ends = true;
                break;
            case 0x08 or 0x09:
                _op.Run = &SystemOps.CacheFlush;
                break;
            case 0x0D or (>= 0x18 and <= 0x1F):
                ModRm();
                _op.Run = &Moves.Nop;
                break;
            case >= 0x20 and <= 0x23:
                ControlMove(b);
                break;
            case 0x30 or 0x32:
                _op.Run = b == 0x30 ? &SystemOps.WriteMsr : &SystemOps.ReadMsr;
                _ends = b == 0x30;
                break;
            case 0x31:
                _op.Run = &SystemOps.ReadTime;
                break;
            case 0x33:
                _op.Run = &SystemOps.Protection;
                break;
            case >= 0x40 and <= 0x4F:
                ConditionalMove(b & 15);
                break;
            case >= 0x80 and <= 0x8F:
                JumpIf(b & 15, BranchDisplacement());
                break;
            case >= 0x90 and <= 0x9F:
                _size = 1;
                ModRm();
                _op.Dst = Register(_rm, 1);
                Memory(1, true);
                _op.Run = _mod == 3 ? ConditionTable.SetReg(b & 15) : ConditionTable.SetMem(b & 15);
                break;
            case 0x38:
                Map38();
                break;
            case 0x3A:
                Map3A();
                break;
            case 0xB9 or 0xFF:
                ModRm(); // UD1 and UD0 have operands, UD2 has none
                Invalid();
                break;
            case 0x0B:
                Invalid();
                break;
            case >= 0xA0 and <= 0xCF:
                if (!TwoByteInteger(b))
                {
                    Vector(1, b);
                }

                break;
            default:
                Vector(1, b);
                break;
        }
    }

    private void ConditionalMove(int condition)
    {
        ModRm();
        _op.Dst = Register(_reg, _size);
        _op.Src = Register(_rm, _size);
        Memory(_size, false);
        _op.Run = _mod == 3
            ? Pick(_size, null, ConditionTable.Move16(condition), ConditionTable.Move32(condition), ConditionTable.Move64(condition))
            : Pick(_size, null, ConditionTable.Load16(condition), ConditionTable.Load32(condition), ConditionTable.Load64(condition));
    }

    private void FastCalls(byte b)
    {
        _op.Size = (byte)(RexW ? 8 : 4);
        _op.Run = b switch
        {
            0x05 => &Transfers.SystemCall,
            0x07 => &Transfers.SystemReturn,
            0x34 => &Transfers.SystemEnter,
            _ => &Transfers.SystemExit,
        };
        _ends = true;
    }

    private void ControlMove(byte b)
    {
        // Always registers, whatever the two bits say that elsewhere ask for an address: none is fetched. Source: Intel SDM vol. 2B, MOV.
        byte registers = Next();
        _mod = 3;
        _reg = ((registers >> 3) & 7) | ((_rex & 4) << 1);
        _rm = (registers & 7) | ((_rex & 1) << 3);
        _op.Dst = (byte)(_rm * 8);
        _op.Aux = (byte)_reg;
        if ((b & 1) == 0)
        {
            if (_lock && _reg == 0)
            {
                _op.Aux = 8; // LOCK MOV CR0 is AMD's CR8; Intel refuses it
            }

            Only(_reg is 0 or 2 or 3 or 4 or 8, b == 0x20 ? &SystemOps.ReadControl : &SystemOps.WriteControl);
        }
        else
        {
            Only(_reg < 8, b == 0x21 ? &SystemOps.ReadDebug : &SystemOps.WriteDebug);
        }

        _ends |= b >= 0x22;
    }

    private void SystemGroups(byte b)
    {
        ModRm();
        if (b >= 2)
        {
            _op.Dst = Register(_reg, _size);
            int size = _size;
            SourceRm(2);
            _op.Size = (byte)size;
            _op.Extra = (byte)(b - 2);
            _op.Run = &SystemTables.Inspect;
            return;
        }

        if (b == 0)
        {
            Group6();
        }
        else if (_mod == 3)
        {
            Group7Register();
        }
        else
        {
            Group7Memory();
        }
    }

    private void StoreWord(byte extra)
    {
        _op.Extra = extra;
        _op.Dst = Register(_rm, _size);
        _op.Size = (byte)_size;
        Memory(_mod == 3 ? 0 : 2, true);
        _op.Run = &SystemTables.StoreSelector;
    }

    private void Group6()
    {
        int group = _reg & 7;
        if (group < 2)
        {
            StoreWord((byte)group);
            return;
        }

        SourceRm(2);
        if (group < 4)
        {
            _op.Extra = (byte)(group - 2);
            _op.Run = &SystemTables.LoadSelector;
        }
        else
        {
            _op.Extra = (byte)(group - 2);
            Only(group < 6, &SystemTables.Inspect);
        }
    }

    private void Group7Memory()
    {
        switch (_reg & 7)
        {
            case 0 or 1:
                Memory(_code64 ? 10 : 6, true);
                _op.Extra = (byte)(_reg & 7);
                _op.Run = &SystemTables.StoreTable;
                break;
            case 2 or 3:
                Memory(_code64 ? 10 : 6, false);
                _op.Extra = (byte)((_reg & 7) - 2);
                _op.Size = (byte)_size;
                _op.Run = &SystemTables.LoadTable;
                break;
            case 4:
                StoreWord(2);
                break;
            case 6:
                SourceRm(2);
                _op.Run = &SystemOps.LoadStatusWord;
                _ends = true;
                break;
            case 7:
                _op.Run = &SystemOps.InvalidatePage;
                _ends = true;
                break;
            default:
                Invalid();
                break;
        }
    }

    private void Group7Register()
    {
        int number = ((_reg & 7) << 3) | (_rm & 7);
        switch (number)
        {
            case 0x01 or 0x19: // 01 C1, D9
                _op.Run = &SystemOps.Hypercall;
                break;
            case 0x0A or 0x0B: // 01 CA, CB
                _op.Extra = (byte)(number - 0x0A);
                _op.Run = &SystemOps.AccessFlag;
                break;
            case 0x10 or 0x11: // 01 D0, D1
                _op.Extra = (byte)(number - 0x10);
                _op.Run = &SystemOps.ExtendedControl;
                _ends = number == 0x11;
                break;
            case >= 0x20 and <= 0x27:
                StoreWord(2);
                break;
            case >= 0x30 and <= 0x37:
                SourceRm(2);
                _op.Run = &SystemOps.LoadStatusWord;
                _ends = true;
                break;
            case 0x38:
                Only(_code64, &SystemOps.SwapGs);
                break;
            case 0x39:
                _op.Extra = 1;
                _op.Run = &SystemOps.ReadTime;
                break;
            default:
                Invalid();
                break;
        }
    }

    private void BitTest(int kind, bool immediate)
    {
        ModRm();
        if (immediate)
        {
            kind = (_reg & 7) - 4;
            _op.Imm = Next();
            _op.Aux = 1;
        }

        if (kind < 0)
        {
            Invalid();
            return;
        }

        _op.Extra = (byte)kind;
        _op.Dst = Register(_rm, _size);
        _op.Src = Register(_reg, _size);
        Memory(_size, kind != 0);
        _lockable = _mod != 3 && kind != 0;
        _op.Run = _mod == 3
            ? Pick(_size, null, &Bits.TestReg<ushort>, &Bits.TestReg<uint>, &Bits.TestReg<ulong>)
            : Pick(_size, null, &Bits.TestMem<ushort>, &Bits.TestMem<uint>, &Bits.TestMem<ulong>);
    }

    private void DoubleShift(byte b)
    {
        ModRm();
        _op.Imm = (b & 1) == 0 ? Next() : -1;
        _op.Extra = (byte)(b >= 0xAC ? 1 : 0);
        _op.Dst = Register(_rm, _size);
        _op.Src = Register(_reg, _size);
        Memory(_size, true);
        _op.Run = _mod == 3
            ? Pick(_size, null, &Shifts.DoubleReg<ushort>, &Shifts.DoubleReg<uint>, &Shifts.DoubleReg<ulong>)
            : Pick(_size, null, &Shifts.DoubleMem<ushort>, &Shifts.DoubleMem<uint>, &Shifts.DoubleMem<ulong>);
    }

    private void RmSource(Handler handler)
    {
        ModRm();
        _op.Dst = Register(_reg, _size);
        SourceRm(_size);
        _op.Run = handler;
    }

    private void Extend(byte b)
    {
        ModRm();
        bool word = (b & 1) != 0;
        bool sign = b >= 0xBE;
        _op.Dst = Register(_reg, _size);
        _op.Src = Register(_rm, word ? 2 : 1);
        Memory(word ? 2 : 1, false);
        _op.Run = (_mod == 3, sign, word) switch
        {
            (true, false, false) => Pick(_size, null, &Moves.ZeroReg<byte, ushort>, &Moves.ZeroReg<byte, uint>, &Moves.ZeroReg<byte, ulong>),
            (true, false, true) => Pick(_size, null, &Moves.ZeroReg<ushort, ushort>, &Moves.ZeroReg<ushort, uint>, &Moves.ZeroReg<ushort, ulong>),
            (true, true, false) => Pick(_size, null, &Moves.SignReg<byte, ushort>, &Moves.SignReg<byte, uint>, &Moves.SignReg<byte, ulong>),
            (true, true, true) => Pick(_size, null, &Moves.SignReg<ushort, ushort>, &Moves.SignReg<ushort, uint>, &Moves.SignReg<ushort, ulong>),
            (false, false, false) => Pick(_size, null, &Moves.ZeroMem<byte, ushort>, &Moves.ZeroMem<byte, uint>, &Moves.ZeroMem<byte, ulong>),
            (false, false, true) => Pick(_size, null, &Moves.ZeroMem<ushort, ushort>, &Moves.ZeroMem<ushort, uint>, &Moves.ZeroMem<ushort, ulong>),
            (false, true, false) => Pick(_size, null, &Moves.SignMem<byte, ushort>, &Moves.SignMem<byte, uint>, &Moves.SignMem<byte, ulong>),
            _ => Pick(_size, null, &Moves.SignMem<ushort, ushort>, &Moves.SignMem<ushort, uint>, &Moves.SignMem<ushort, ulong>),
        };
    }

    private bool TwoByteInteger(byte b)
    {
        switch (b)
        {
            case 0xA0 or 0xA8 or 0xA1 or 0xA9:
                _op.Aux = (byte)(b < 0xA8 ? Sr.FS : Sr.GS);
                _op.Size = (byte)StackSize;
                _op.Run = (b & 1) == 0 ? &Stack.PushSegment : &Stack.PopSegment;
                _ends = (b & 1) != 0 && !_code64;
                return true;
            case 0xA2:
                _op.Run = &SystemOps.Cpuid;
                return true;
            case 0xA3 or 0xAB or 0xB3 or 0xBB:
                BitTest((b - 0xA3) >> 3, false);
                return true;
            case 0xBA:
                BitTest(0, true);
                return true;
            case 0xA4 or 0xA5 or 0xAC or 0xAD:
                DoubleShift(b);
                return true;
            case 0xAE:
                Group15();
                return true;
            case 0xAF:
                RmSource(Pick(_size, null, &Multiply.SignedReg<ushort>, &Multiply.SignedReg<uint>, &Multiply.SignedReg<ulong>));
                return true;
            case 0xB0 or 0xB1 or 0xC0 or 0xC1:
                CompareExchangeOrAdd(b);
                return true;
            case 0xB2 or 0xB4 or 0xB5:
                ModRm();
                _op.Aux = (byte)(b == 0xB2 ? Sr.SS : b - 0xB0);
                FarLoad();
                return true;
            case 0xB6 or 0xB7 or 0xBE or 0xBF:
                Extend(b);
                return true;
            case 0xB8:
                RmSource(&Bits.PopulationCount);
                if (_repeat != 0xF3)
                {
                    Invalid();
                }

                return true;
            case 0xBC or 0xBD:
                RmSource((b, _repeat == 0xF3) switch
                {
                    (0xBC, false) => &Bits.ScanForward,
                    (0xBC, true) => &Bits.CountTrailing,
                    (_, false) => &Bits.ScanReverse,
                    _ => &Bits.CountLeading,
                });
                return true;
            case 0xC3:
                ModRm();
                _size = Math.Max(_size, 4); // no form of 16 bits: 16-bit code stores 32
                _op.Src = Register(_reg, _size);
                Memory(_size, true);
                Only(_mod != 3 && _repeat == 0 && !_operandPrefix, Pick(_size, null, null, &Moves.MemReg<uint>, &Moves.MemReg<ulong>));
                return true;
            case 0xC7:
                Group9();
                return true;
            case >= 0xC8:
                _op.Dst = (byte)(((b & 7) | ((_rex & 1) << 3)) * 8);
                _op.Run = _size == 8 ? &Moves.ByteSwap64 : _size == 4 ? &Moves.ByteSwap32 : &Moves.ByteSwap16;
                return true;
            default:
                return false;
        }
    }

    private void FarLoad()
    {
        _op.Dst = Register(_reg, _size);
        _op.Size = (byte)_size;
        Memory(_size + 2, false);
        Only(_mod != 3, &SystemTables.LoadFarPointer);
        _ends |= _op.Aux == Sr.SS || !_code64;
    }

    private void CompareExchangeOrAdd(byte b)
    {
        _size = (b & 1) == 0 ? 1 : _size;
        ModRm();
        _op.Dst = Register(_rm, _size);
        _op.Src = Register(_reg, _size);
        Memory(_size, true);
        _lockable = _mod != 3;
        if (b < 0xC0)
        {
            _op.Run = _mod == 3
                ? Pick(_size, &Moves.CompareExchangeReg<byte>, &Moves.CompareExchangeReg<ushort>, &Moves.CompareExchangeReg<uint>, &Moves.CompareExchangeReg<ulong>)
                : Pick(_size, &Moves.CompareExchangeMem<byte>, &Moves.CompareExchangeMem<ushort>, &Moves.CompareExchangeMem<uint>, &Moves.CompareExchangeMem<ulong>);
            return;
        }

        _op.Run = _mod == 3
            ? Pick(_size, &Moves.AddExchangeReg<byte>, &Moves.AddExchangeReg<ushort>, &Moves.AddExchangeReg<uint>, &Moves.AddExchangeReg<ulong>)
            : Pick(_size, &Moves.AddExchangeMem<byte>, &Moves.AddExchangeMem<ushort>, &Moves.AddExchangeMem<uint>, &Moves.AddExchangeMem<ulong>);
    }

    private void Group9()
    {
        ModRm();
        int group = _reg & 7;
        if (_mod != 3 && group == 4)
        {
            Memory(0, true);
            _op.Extra = (byte)(RexW ? 1 : 0);
            Only(_repeat == 0 && !_operandPrefix, &StateArea.XSaveCompacted);
            return;
        }

        if (_mod != 3)
        {
            Memory(RexW ? 16 : 8, true);
            _lockable = group == 1;
            Only(group == 1, RexW ? &Moves.CompareExchange16 : &Moves.CompareExchange8);
            return;
        }

        _op.Dst = Register(_rm, _size);
        _op.Size = (byte)_size;
        Only(group is 6 or 7 && _repeat == 0 || (group == 7 && _repeat == 0xF3), _repeat == 0xF3 ? &SystemOps.ReadPid : &Randomness.Read);
    }

    private void Group15()
    {
        ModRm();
        int group = _reg & 7;
        _op.Size = (byte)_size;
        _op.Dst = Register(_rm, _size);
        if (_mod == 3)
        {
            if (_repeat == 0xF3 && group < 4)
            {
                _op.Extra = (byte)group;
                Only(_code64, &SystemOps.SegmentBase);
                return;
            }

            Only(group >= 5, group == 6 ? &Moves.Fence : &Moves.Nop); // what LFENCE and SFENCE promise the host's own order keeps anyway
            return;
        }

        if (_repeat != 0 || (_operandPrefix && group < 6))
        {
            Invalid();
            return;
        }

        _op.Extra = (byte)(RexW ? 1 : 0);
        switch (group)
        {
            case 0 or 1:
                Memory(0, group == 0);
                FpuOrMissing(group == 0 ? &StateArea.FxSave : &StateArea.FxRestore);
                break;
            case 2 or 3:
                Memory(4, group == 3);
                SseOrMissing(group == 2 ? &StateArea.LoadMxcsr : &StateArea.StoreMxcsr);
                break;
            case 4 or 6 when _operandPrefix:
                Memory(1, false);
                Only(group == 6, &Moves.TouchLine); // CLWB
                break;
            case 4 or 6:
                Memory(0, true);
                _op.Run = group == 4 ? &StateArea.XSave : &StateArea.XSaveOptimized;
                break;
            case 5:
                _op.Run = &StateArea.XRestore;
                break;
            default:
                Memory(1, false);
                _op.Run = &Moves.TouchLine; // CLFLUSH, CLFLUSHOPT
                break;
        }
    }

    private void FpuOrMissing(Handler handler) =>
        _op.Run = (_mode & Cpu.ModeFpu) != 0 ? handler : &SystemOps.DeviceNotAvailable;

    private void SseOrMissing(Handler handler) => _op.Run = SseHandler(handler);

    private readonly Handler SseHandler(Handler handler) =>
        (_mode & Cpu.ModeSse) != 0 ? handler : (_mode & (Cpu.ModeEm | Cpu.ModeFpu)) == 0 ? &SystemOps.DeviceNotAvailable : &SystemOps.Undefined;
}
