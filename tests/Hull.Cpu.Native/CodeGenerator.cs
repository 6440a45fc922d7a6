namespace Hull.Cpu.Native;

/// <summary>Draws instructions from the shapes of the encoding space: every prefix, operand size and addressing mode.</summary>
internal sealed partial class CodeGenerator(RigRandom random)
{
    private const int MostBytes = 40;

    private readonly byte[] _bytes = new byte[CaseLayout.SlotBytes + CaseLayout.OverhangBytes];
    private int _at;
    private int _start;
    private int _ripField;
    private ulong _slot;
    private int _pointers;
    private bool _is32Bit;
    private bool _is16Bit;
    private bool _short;  // addresses of 16 bits
    private ulong _data;  // the base of the data's segments
    private bool _wide;
    private bool _narrow;
    private bool _isLast;
    private bool _isSingle;

    /// <summary>Draws one to four instructions.</summary>
    /// <param name="target">Gets the code.</param>
    /// <param name="slot">The code's address.</param>
    /// <param name="pointers">Bit n = register n points at data.</param>
    /// <param name="families">What to draw from.</param>
    /// <param name="plan">The segments.</param>
    internal void Draw(NativeCase target, ulong slot, int pointers, NativeFamilies families, SegmentPlan plan)
    {
        _slot = slot;
        _pointers = pointers;
        _is32Bit = target.Is32Bit;
        _is16Bit = target.Is16Bit;
        _data = plan.DataBase;
        _isSingle = target.IsSingle;
        _calm = target.IsCalm;
        _steady = (families & NativeFamilies.Steady) != 0;
        _bytes.AsSpan().Fill(0xCC);
        target.Ends.Clear();
        int most = Place(target, families);
        int count = target.IsSingle ? 1 : _calm ? MostCalm : random.Next(1, 5);
        for (int i = 0; i < count && _at < most; i++)
        {
            if (TryGather(families, target.Ends) || TrySequence(families, target.Ends))
            {
                target.UndefinedFlags = 0;
                if (_isLast)
                {
                    break;
                }

                continue;
            }

            ulong undefined = DrawOne(families, i == count - 1);
            if (_calm && undefined != 0)
            {
                target.Ends.Add(_at);
                DefineFlags();
                undefined = 0;
            }

            target.Ends.Add(_at);
            target.UndefinedFlags = undefined;
            if (undefined != 0 || _isLast)
            {
                break;
            }
        }

        _bytes.CopyTo(target.Code, 0);
    }

    // Draws again until the instruction may be run.
    private ulong DrawOne(NativeFamilies families, bool last)
    {
        _start = _at;
        while (true)
        {
            One(families);
            Patch();
            InstructionHead head = new(_bytes.AsSpan(_start), _is32Bit, _is16Bit);
            if (!Forbidden.HasSystemCall(_bytes.AsSpan(Math.Max(_start - 2, 0), _at - Math.Max(_start - 2, 0)))
                && !Forbidden.Is(head, _is32Bit)
                && !(_calm && IsTooWild(head, last)))
            {
                return UndefinedFlags.Of(head);
            }

            _bytes.AsSpan(_start, _at - _start).Fill(0xCC);
            _at = _start;
        }
    }

    private void One(NativeFamilies families)
    {
        _isLast = false;
        _ripField = 0;
        Span<NativeFamilies> choice = stackalloc NativeFamilies[6];
        int count = 0;
        for (int bit = 1; bit <= 16; bit <<= 1)
        {
            if (((int)families & bit) != 0)
            {
                choice[count++] = (NativeFamilies)bit;
            }
        }

        switch (count == 0 || (_is32Bit && random.Next(2) == 0) ? NativeFamilies.Integer : choice[random.Next(count)])
        {
            case NativeFamilies.X87:
                LegacyPrefixes(0);
                Byte((byte)(0xD8 + random.Next(8)));
                ModRm();
                _isLast = Approximate.Is(new InstructionHead(_bytes.AsSpan(_start), _is32Bit));
                break;
            case NativeFamilies.Mmx:
                Mmx();
                break;
            case NativeFamilies.Sse:
                Sse();
                break;
            case NativeFamilies.Vex:
                VexCode();
                break;
            default:
                Integer();
                break;
        }
    }

    private void Byte(int value) => _bytes[_at++] = (byte)value;

    // Few of each, so that lengths stay below 15 and most draws are meaningful.
    private void LegacyPrefixes(int mandatory)
    {
        _narrow = false;
        if (random.Next(24) == 0)
        {
            Byte("\x26\x2E\x36\x3E\x64\x65"[random.Next(6)]);
        }

        if (!_is32Bit && random.Next(6) == 0)
        {
            Byte(random.Next(2) == 0 ? 0x64 : 0x65);
        }

        // Flat 32-bit code has nothing within reach of 16 bits.
        _short = _is16Bit;
        if (random.Next(30) == 0 && (!_is32Bit || !_calm || _data != 0))
        {
            Byte(0x67);
            _short = _is32Bit && !_is16Bit;
        }

        if (random.Next(40) == 0)
        {
            Byte(0xF0);
        }

        if (mandatory == 0 && random.Next(5) == 0)
        {
            Byte(0x66);
            _narrow = true;
        }
        else if (mandatory == 0 && random.Next(12) == 0)
        {
            Byte(random.Next(2) == 0 ? 0xF2 : 0xF3);
        }
        else if (mandatory > 1)
        {
            Byte(mandatory);
        }

        _wide = false;
        if (!_is32Bit && random.Next(2) == 0)
        {
            int rex = 0x40 | random.Next(16);
            _wide = (rex & 8) != 0;
            Byte(rex);
        }
    }

    private void Integer()
    {
        if (random.Next(40) == 0)
        {
            VexInteger();
            return;
        }

        LegacyPrefixes(0);
        int kind = random.Next(10);
        if (kind < 6)
        {
            Coded(OpcodeShapes.OneByte, 0);
        }
        else if (kind < 9)
        {
            Byte(0x0F);
            Coded(OpcodeShapes.TwoByte, 1);
        }
        else
        {
            Byte(0x0F);
            Byte(0x38);
            Byte(0xF0 + (random.Next(2) * random.Next(2)));
            ModRm();
        }
    }

    // Locked operations need a memory operand and one of few opcodes: chance alone would hardly draw them.
    private static ReadOnlySpan<byte> TwoByteInteger =>
    [
        0x02, 0x03, 0x0D, 0x1F, 0x18, 0x40, 0x42, 0x44, 0x45, 0x4C, 0x80, 0x85, 0x8C, 0x90, 0x95, 0x9C, 0xA0, 0xA3, 0xA4, 0xA5, 0xA8, 0xAB, 0xAC, 0xAD,
        0xAF, 0xB0, 0xB1, 0xB3, 0xB6, 0xB7, 0xB8, 0xBA, 0xBB, 0xBC, 0xBD, 0xBE, 0xBF, 0xC0, 0xC1, 0xC3, 0xC7, 0xC8, 0xCF, 0x00, 0x0B, 0x06, 0x20, 0xFF, 0xB9,
    ];

    private void Coded(string shapes, int map)
    {
        int opcode;
        do
        {
            opcode = map == 1 ? TwoByteInteger[random.Next(TwoByteInteger.Length)] : random.Next(256);
        }
        while (shapes[opcode] == '-' || (map == 0 && !_is32Bit && (opcode & 0xF0) == 0x40) || (map == 0 && opcode is >= 0xD8 and <= 0xDF));

        Byte(opcode);
        Tail(shapes[opcode]);
        if (map == 0 && (opcode is (>= 0x70 and < 0x80) or (>= 0xE0 and <= 0xE3) or (>= 0xE8 and <= 0xEB) or 0xC2 or 0xC3 or 0xCA or 0xCB or 0xCF or 0xFF or 0x9D))
        {
            _isLast = true;
        }
        else if (map == 1 && (opcode & 0xF0) == 0x80)
        {
            _isLast = true;
        }
    }

    private void Tail(char shape)
    {
        switch (shape)
        {
            case 'm':
                ModRm();
                break;
            case 'b':
                Byte(Immediate8());
                break;
            case 'B':
                ModRm();
                Byte(Immediate8());
                break;
            case 'w':
                Little((ulong)random.Next(-32, 33), 2);
                break;
            case 'z':
                Immediate(false);
                break;
            case 'Z':
                ModRm();
                Immediate(false);
                break;
            case 'v':
                Immediate(true);
                break;
            case 'o':
                Little(CaseLayout.DataAddress - _data + (ulong)random.Next(0x2FF8), _short ? 2 : _is32Bit ? 4 : 8);
                break;
            case 'j':
                Byte(random.Next(12));
                break;
            case 'J':
                Little((ulong)random.Next(12), _is32Bit && _narrow != _is16Bit ? 2 : 4);
                break;
            case 'e':
                Little((ulong)random.Next(64), 2);
                Byte(random.Next(4));
                break;
            case 'g':
                Unary(true);
                break;
            case 'G':
                Unary(false);
                break;
        }
    }

    private void Unary(bool isByte)
    {
        ModRm();
        if (((_modRm >> 3) & 6) != 0)
        {
            return;
        }

        if (isByte)
        {
            Byte(Immediate8());
        }
        else
        {
            Immediate(false);
        }
    }

    private int Immediate8() => random.Next(3) switch
    {
        0 => random.Next(256),
        1 => random.Next(9),
        _ => "\x00\x01\x7F\x80\xFF\x1F\x20\x3F\x40\x1B"[random.Next(10)],
    };

    private void Immediate(bool whole)
    {
        int size = _narrow != _is16Bit && !_wide ? 2 : whole && _wide ? 8 : 4;
        ulong value = random.Next(3) switch
        {
            0 => random.Bits(),
            1 => (ulong)random.Next(-129, 130),
            _ => 1ul << random.Next(size * 8),
        };
        Little(value, size);
    }

    private void Little(ulong value, int bytes)
    {
        for (int i = 0; i < bytes; i++)
        {
            Byte((byte)(value >> (i * 8)));
        }
    }

    private int _modRm;

    private void ModRm()
    {
        if (random.Next(9) < 4)
        {
            _modRm = 0xC0 | random.Next(64);
            Byte(_modRm);
            return;
        }

        int reg = random.Next(8) << 3;
        if (_short)
        {
            ShortAddress(reg);
            return;
        }

        int kind = random.Next(10);
        if (kind == 0)
        {
            _modRm = reg | 5;
            Byte(_modRm);
            _ripField = _at;
            Little(_is32Bit ? Target() : 0, 4);
            return;
        }

        int mod = random.Next(3) << 6;
        int low = random.Next(_calm ? 60 : 12) == 0 ? random.Next(8) : PointerRegister();
        if (kind < 4 || low == 4)
        {
            _modRm = mod | reg | 4;
            Byte(_modRm);
            int index = random.Next(_calm ? 40 : 3) == 0 ? random.Next(8) : 4;
            Byte((random.Next(4) << 6) | (index << 3) | low);
            mod |= (low == 5 && mod == 0) ? 0x100 : 0;
        }
        else
        {
            mod |= (low == 5 && mod == 0) ? 0x40 : 0;
            _modRm = mod | reg | low;
            Byte(_modRm);
        }

        if (mod == 0x40)
        {
            Byte(random.Next(_calm ? 16 : 3) == 0 ? random.Next(256) : random.Next(-2, 3) * 16);
        }
        else if (mod == 0x100)
        {
            Little(Target(), 4);
        }
        else if (mod == 0x80)
        {
            Little((ulong)(random.Next(-16, 17) * 16), 4);
        }
    }

    private ulong TargetBase => CaseLayout.DataAddress + 0x1000 - _data;

    private ulong Target() => TargetBase + (ulong)(random.Next(-16, 17) * (random.Next(_calm ? 8 : 2) == 0 ? 1 : 32));

    // RIP-relative displacements count from the end of the instruction, which is known only now.
    private void Patch()
    {
        if (_ripField == 0 || _is32Bit)
        {
            return;
        }

        uint displacement = (uint)(Target() - (_slot + (ulong)_at));
        for (int i = 0; i < 4; i++)
        {
            _bytes[_ripField + i] = (byte)(displacement >> (i * 8));
        }
    }

    private int PointerRegister()
    {
        if (_calm)
        {
            return "\x03\x05\x06\x07"[random.Next(4)];
        }

        // Without REX.B only the low eight can be meant; with it this is a guess, which is good enough.
        for (int tries = 0; tries < 8; tries++)
        {
            int register = random.Next(8);
            if (((_pointers >> register) & 1) != 0)
            {
                return register;
            }
        }

        return 4;
    }

    private void Mmx()
    {
        LegacyPrefixes(1);
        Byte(0x0F);
        int opcode = random.Next(12) switch
        {
            0 => 0x38,
            1 => 0x3A,
            2 => 0x70 + random.Next(16),
            3 or 4 => 0x60 + random.Next(16),
            5 => "\xC4\xC5\x2A\x2C\x2D\xF7\xE7\x77\x7E\x7F"[random.Next(10)],
            _ => 0xD0 + random.Next(47),
        };
        Byte(opcode);
        if (opcode == 0x38)
        {
            Byte(random.Next(0x20));
            ModRm();
        }
        else if (opcode == 0x3A)
        {
            Byte(0x0F);
            ModRm();
            Byte(Immediate8());
        }
        else
        {
            char shape = OpcodeShapes.TwoByte[opcode];
            Tail(shape == '-' ? '.' : shape);
        }
    }

    private void Sse()
    {
        int prefix = random.Next(4) switch
        {
            0 => 1,
            1 => 0x66,
            2 => 0xF3,
            _ => 0xF2,
        };
        int kind = random.Next(10);
        if (kind < 6)
        {
            LegacyPrefixes(prefix);
            Byte(0x0F);
            int opcode = random.Next(6) switch
            {
                0 => 0x10 + random.Next(8),
                1 => 0x28 + random.Next(8),
                2 => 0xC2 + random.Next(6),
                3 => 0xD0 + random.Next(48),
                4 => 0x70 + random.Next(16),
                _ => 0x50 + random.Next(32),
            };
            opcode = opcode == 0xC7 || (OpcodeShapes.TwoByte[opcode] == '-' && opcode < 0xC0) ? 0x51 : opcode;
            Byte(opcode);
            Tail(OpcodeShapes.TwoByte[opcode]);
        }
        else if (kind < 8)
        {
            LegacyPrefixes(random.Next(4) == 0 ? prefix : 0x66);
            Byte(0x0F);
            Byte(0x38);
            Byte(random.Next(5) == 0 ? 0xC8 + random.Next(24) : random.Next(0x50));
            ModRm();
        }
        else
        {
            LegacyPrefixes(random.Next(4) == 0 ? prefix : 0x66);
            Byte(0x0F);
            Byte(0x3A);
            Byte("\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F\x14\x15\x16\x17\x20\x21\x22\x40\x41\x42\x44\x60\x61\x62\x63\xCC\xDF"[random.Next(25)]);
            ModRm();
            Byte(Immediate8());
        }
    }

    // The VEX space of general registers: BMI1 and BMI2.
    private void VexInteger()
    {
        int map = random.Next(8) == 0 ? 3 : 2;
        VexPrefix(map, random.Next(4), random.Next(16) == 0 ? 1 : 0, random.Next(16));
        Byte(map == 3 ? 0xF0 : 0xF2 + random.Next(6));
        ModRm();
        if (map == 3)
        {
            Byte(Immediate8());
        }
    }

    private void VexCode()
    {
        int map = random.Next(8) switch
        {
            < 4 => 1,
            < 7 => 2,
            _ => 3,
        };
        int prefix = random.Next(5) < 3 || map == 3 ? (random.Next(20) == 0 ? random.Next(4) : 1) : random.Next(4);
        VexPrefix(map, prefix, random.Next(2), random.Next(3) == 0 ? 15 : random.Next(16));
        int opcode = map switch
        {
            1 => random.Next(5) switch
            {
                0 => 0x10 + random.Next(8),
                1 => 0x28 + random.Next(8),
                2 => 0xC2 + random.Next(6),
                3 => 0xD0 + random.Next(48),
                _ => 0x50 + random.Next(48),
            },
            2 => random.Next(5) == 0 ? 0xDB + random.Next(5) : random.Next(0xC0),
            _ => random.Next(0x64),
        };
        Byte(opcode);
        if (map == 1 && opcode == 0x77)
        {
            return;
        }

        ModRm();
        if (map == 3 || (map == 1 && OpcodeShapes.TwoByte[opcode] == 'B'))
        {
            Byte(Immediate8());
        }
    }

    private void VexPrefix(int map, int prefix, int length, int register)
    {
        _short = _is16Bit;
        if (!_is32Bit && random.Next(6) == 0)
        {
            Byte(random.Next(2) == 0 ? 0x64 : 0x65);
        }

        // vvvv is stored inverted: 15 means none.
        int rest = (random.Next(4) == 0 || map != 1 ? 0 : 1);
        if (rest == 1)
        {
            Byte(0xC5);
            Byte((_is32Bit ? 0x80 : random.Next(2) << 7) | ((_is32Bit ? register | 8 : register) << 3) | (length << 2) | prefix);
            return;
        }

        Byte(0xC4);
        Byte((_is32Bit ? 0xE0 : random.Next(8) << 5) | map);
        Byte((random.Next(2) << 7) | ((_is32Bit ? register | 8 : register) << 3) | (length << 2) | prefix);
    }

    /// <summary>Fills a case with random bytes that mean something now and then.</summary>
    internal void DrawBytes(NativeCase target, ulong slot)
    {
        InstructionHead head;
        int start = FirstPlace(slot);
        Span<byte> bytes = target.Code.AsSpan(start, 16);
        target.Code.AsSpan().Fill(0xCC);
        do
        {
            random.Fill(bytes);
            if (random.Next(3) == 0)
            {
                bytes[0] = 0x0F;
            }
            else if (random.Next(4) == 0)
            {
                bytes[0] = (byte)"\x66\xF2\xF3\xF0\x67\x48\x40\x64"[random.Next(8)];
                bytes[1] = random.Next(2) == 0 ? (byte)0x0F : bytes[1];
            }

            head = new(bytes, target.Is32Bit, target.Is16Bit);
        }
        while (Forbidden.HasSystemCall(bytes) || Forbidden.Is(head, target.Is32Bit));

        target.Start = start;
        target.Ends.Clear();
        target.Ends.Add(start);
        target.UndefinedFlags = UndefinedFlags.Of(head);
    }
}
