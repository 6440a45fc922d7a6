namespace Hull.Cpu.Interpreter;

/// <summary>The escape opcodes D8 to DF. Source: Intel SDM vol. 2D, A.5.</summary>
// SAFETY: only makes function pointers.
internal unsafe ref partial struct Decoder
{
    private void FloatingPoint(byte b)
    {
        byte modRm = Peek();
        ModRm();
        int field = _reg & 7;
        _op.Src = (byte)(_rm & 7);
        if ((_mode & Cpu.ModeFpu) == 0)
        {
            Raise(&SystemOps.DeviceNotAvailable);
        }
        else if (_mod == 3)
        {
            FloatingRegister(b, field);
        }
        else if ((b & 1) == 0)
        {
            FloatingArithmetic(field, b switch
            {
                0xD8 => X87Operand.Single,
                0xDA => X87Operand.Int32,
                0xDC => X87Operand.Double,
                _ => X87Operand.Int16,
            });
        }
        else
        {
            FloatingMemory(b, field);
        }

        _op.Imm |= (uint)(((b & 7) << 8) | modRm) << 8;
    }

    /// <summary>The byte that Next will return.</summary>
    private byte Peek()
    {
        int at = _at;
        byte value = Next();
        _at = at;
        return value;
    }

    private void FloatingArithmetic(int field, byte operand)
    {
        _op.Extra = operand;
        _op.Aux = (byte)field;
        Memory(operand switch
        {
            X87Operand.Int16 => 2,
            X87Operand.Double => 8,
            _ => 4,
        }, false);
        if (field is 2 or 3)
        {
            _op.Aux = 0;
            _op.Size = (byte)(field - 2);
            _op.Run = &X87Fast.Compare;
            return;
        }

        _op.Size = 0;
        _op.Run = &X87Fast.BinaryMemory;
    }

    private void FloatingMemory(byte b, int field)
    {
        switch (b, field)
        {
            case (0xD9, 4 or 6) or (0xDD, 4 or 6):
                Memory((_size == 2 ? 14 : 28) + (b == 0xDD ? 80 : 0), field == 6);
                _op.Size = (byte)(_size == 2 ? 2 : 4);
                _op.Aux = (byte)(b == 0xDD ? 1 : 0);
                _op.Run = field == 6 ? &X87Environment.Store : &X87Environment.Load;
                return;
            case (0xD9, 5):
                Memory(2, false);
                _op.Run = &X87.LoadControl;
                return;
            case (0xD9, 7):
                Memory(2, true);
                _op.Run = &X87.StoreControl;
                return;
            case (0xDD, 7):
                Memory(2, true);
                _op.Run = &X87.StoreStatus;
                return;
        }

        // What is moved, in the order D9, DB, DD, DF.
        byte operand = (b, field) switch
        {
            (0xDB, 5 or 7) => X87Operand.Extended,
            (0xDF, 4 or 6) => X87Operand.Decimal,
            (0xDF, 5 or 7) or (0xDD, 1) => X87Operand.Int64,
            (0xD9, not 1) => X87Operand.Single,
            (0xDB, not (4 or 6)) => X87Operand.Int32,
            (0xDD, not 5) => X87Operand.Double,
            (0xDF, _) => X87Operand.Int16,
            _ => X87Operand.Register,
        };
        if (operand == X87Operand.Register)
        {
            Invalid();
            return;
        }

        bool load = field is 0 || (field is 4 && b == 0xDF) || (field is 5);
        _op.Extra = operand;
        Memory(operand switch
        {
            X87Operand.Int16 => 2,
            X87Operand.Single or X87Operand.Int32 => 4,
            X87Operand.Double or X87Operand.Int64 => 8,
            _ => 10,
        }, !load);
        _op.Aux = (byte)(field == 1 ? 1 : 0);
        _op.Size = (byte)(field == 2 ? 0 : 1);
        _op.Run = load ? &X87Fast.Load : &X87Fast.Store;
    }

    private void FloatingRegister(byte b, int field)
    {
        _op.Extra = X87Operand.Register;
        _op.Size = 0;
        switch (b)
        {
            case 0xD9:
                FloatingSpecial(field, _rm & 7);
                return;
            case 0xDA or 0xDB when field < 4:
                _op.Aux = (byte)(field | (b == 0xDB ? 4 : 0));
                _op.Run = &X87Moves.MoveIf;
                return;
            case 0xDA:
                FloatingCompare(1, 2, 0);
                Only(field == 5 && (_rm & 7) == 1, _op.Run);
                return;
            case 0xDB when field == 4:
                Only((_rm & 7) < 5, (_rm & 7) switch
                {
                    2 => &X87.ClearExceptions,
                    3 => &X87.Initialize,
                    _ => &Moves.Nop,
                });
                return;
            case 0xDB:
                FloatingCompare(field == 5 ? 1 : 0, 0, 1);
                Only(field is 5 or 6, _op.Run);
                return;
            case 0xDF when field == 4:
                Only((_rm & 7) == 0, &X87.StoreStatusAx);
                return;
            case 0xDF when field is 5 or 6:
                FloatingCompare(field == 5 ? 1 : 0, 1, 1);
                return;
            case 0xDF:
                FloatingStore(field);
                _op.Size = (byte)(field is 0 or 2 or 3 ? 1 : 0);
                Only(field < 4, _op.Run);
                return;
            case 0xDD:
                if (field is 4 or 5)
                {
                    FloatingCompare(1, field - 4, 0);
                    return;
                }

                FloatingStore(field);
                _op.Size = (byte)(field == 3 ? 1 : 0);
                Only(field < 4, _op.Run);
                return;
            case 0xDE when field == 3:
                FloatingCompare(0, 2, 0);
                Only((_rm & 7) == 1, _op.Run);
                return;
            default:
                FloatingPair(b, field);
                return;
        }
    }

    // D8, DC, DE: the destination is ST(0) for the first, the register for the others, and the last pops.
    private void FloatingPair(byte b, int field)
    {
        if (field is 2 or 3)
        {
            FloatingCompare(0, b == 0xDE ? 1 : field - 2, 0);
            return;
        }

        _op.Aux = (byte)field;
        _op.Imm = b == 0xD8 ? 0 : 1;
        _op.Size = (byte)(b == 0xDE ? 1 : 0);
        _op.Run = &X87Fast.BinaryRegister;
    }

    private void FloatingCompare(int unordered, int pops, int flags)
    {
        _op.Aux = (byte)unordered;
        _op.Size = (byte)pops;
        _op.Imm = flags;
        _op.Run = &X87Fast.Compare;
    }

    // Fields 0 to 3 of DD and DF: FFREE, an alias of FXCH, FST and FSTP.
    private void FloatingStore(int field) =>
        _op.Run = field == 0 ? &X87Moves.Free : field == 1 ? &X87Fast.Exchange : &X87Fast.StoreRegister;

    private void FloatingSpecial(int field, int number)
    {
        switch (field)
        {
            case 0:
                _op.Run = &X87Fast.Load;
                return;
            case 1:
                _op.Run = &X87Fast.Exchange;
                return;
            case 2:
                Only(number == 0, &X87Moves.TurnStack);
                return;
            case 3:
                _op.Run = &X87Moves.StoreUnchecked;
                return;
            case 4:
                _op.Aux = (byte)number;
                _op.Imm = 2;
                Handler handler = number switch
                {
                    0 or 1 => &X87Arithmetic.Sign,
                    4 => &X87Arithmetic.Compare,
                    5 => &X87Arithmetic.Examine,
                    _ => null,
                };
                _op.Aux = (byte)(number & 1);
                Only(handler != null, handler);
                return;
            case 5:
                _op.Extra = X87Operand.Constant;
                _op.Aux = (byte)number;
                Only(number < 7, &X87Moves.Load);
                return;
            default:
                FloatingFunction(((field & 1) << 3) | number);
                return;
        }
    }

    private void FloatingFunction(int number)
    {
        Handler handler = number switch
        {
            4 => &X87Arithmetic.Extract,
            5 or 8 => &X87Arithmetic.Remainder,
            6 or 7 => &X87Moves.TurnStack,
            10 or 12 => &X87Arithmetic.Unary,
            13 => &X87Arithmetic.Scale,
            _ => &X87Functions.Run,
        };
        int variant = number switch
        {
            5 or 7 or 12 => 1,
            6 => 7,
            4 or 8 or 10 or 13 => 0,
            _ => number,
        };
        _op.Aux = (byte)variant;
        _op.Run = handler;
    }
}
