using System.Buffers.Binary;

namespace Hull.Cpu.Native;

/// <summary>Draws initial states: addresses that hit, values at the edges of every format.</summary>
internal sealed class StateGenerator(RigRandom random)
{
    private const ulong Middle = CaseLayout.DataAddress + 0x1000;

    private static readonly ulong[] s_edges =
    [
        0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000,
        0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFF80000000, 0x5555555555555555, 31, 32, 33, 63, 64,
    ];

    private static readonly uint[] s_singles =
    [
        0, 0x80000000, 0x3F800000, 0xBF800000, 0x7F800000, 0xFF800000, 0x7FC00000, 0x7F800001, 0xFFBFFFFF, 1, 0x007FFFFF, 0x00800000,
        0x7F7FFFFF, 0x4F000000, 0xCF000000, 0x4EFFFFFF, 0x5F000000, 0x3F000000, 0x3FC00000, 0x40200000, 0x34000000,
    ];

    private static readonly ulong[] s_doubles =
    [
        0, 0x8000000000000000, 0x3FF0000000000000, 0xBFF0000000000000, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000,
        0x7FF0000000000001, 0xFFF7FFFFFFFFFFFF, 1, 0x000FFFFFFFFFFFFF, 0x0010000000000000, 0x7FEFFFFFFFFFFFFF, 0x41DFFFFFFFC00000,
        0x41E0000000000000, 0xC1E0000000000000, 0x43E0000000000000, 0xC3E0000000000000, 0x3FE0000000000000, 0x3FF8000000000000,
        0x36A0000000000000, 0x47EFFFFFE0000000, 0x47EFFFFFF0000000, 0x380FFFFFE0000000,
    ];

    private static readonly ushort[] s_exponents = [0, 1, 0x3FFF, 0x3FFE, 0x4000, 0x7FFE, 0x7FFF, 0x7FFF, 0x403E, 0x401E, 0x400E, 0x3FBF, 0x3FDF];

    private static readonly ulong[] s_significands =
    [
        0x8000000000000000, 0x8000000000000000, 0xC000000000000000, 0xFFFFFFFFFFFFFFFF, 0x8000000000000001, 0, 1, 0x4000000000000000,
        0xA000000000000000, 0xBFFFFFFFFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0xC90FDAA22168C235,
    ];

    internal ulong Value() => random.Next(8) switch
    {
        0 or 1 => s_edges[random.Next(s_edges.Length)],
        2 => s_edges[random.Next(s_edges.Length)] + (ulong)random.Next(-2, 3),
        3 => (ulong)random.Next(0, 70),
        4 => 1ul << random.Next(64),
        5 => (uint)random.Bits(),
        _ => random.Bits(),
    };

    internal uint Single() => random.Next(6) switch
    {
        0 or 1 => s_singles[random.Next(s_singles.Length)],
        2 => (uint)random.Bits() & 0x807FFFFF,
        3 => ((uint)random.Bits() & 0x80FFFFFF) | 0x3F000000,
        4 => BitConverter.SingleToUInt32Bits(random.Next(-100000, 100000) / (float)(1 << random.Next(12))),
        _ => (uint)random.Bits(),
    };

    internal ulong Double() => random.Next(6) switch
    {
        0 or 1 => s_doubles[random.Next(s_doubles.Length)],
        2 => random.Bits() & 0x800FFFFFFFFFFFFF,
        3 => (random.Bits() & 0x801FFFFFFFFFFFFF) | 0x3FE0000000000000,
        4 => BitConverter.DoubleToUInt64Bits(random.Next(int.MinValue, int.MaxValue) / (double)(1 << random.Next(24))),
        _ => random.Bits(),
    };

    /// <summary>Draws the two data pages and the read-only one.</summary>
    internal void Memory(Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i += 8)
        {
            ulong value = random.Next(5) switch
            {
                0 => Value(),
                1 => ((ulong)Single() << 32) | Single(),
                2 => Double(),
                3 => random.Bits(),
                _ => s_significands[random.Next(s_significands.Length)],
            };
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[i..], value);
        }
    }

    internal ulong Pointer()
    {
        int kind = random.Next(20);
        ulong offset = (ulong)random.Next(-16, 17);
        return kind switch
        {
            < 8 => Middle + (offset * 32),
            < 13 => Middle - 0x800 + (ulong)random.Next(0x1000),
            < 16 => Middle + offset,
            16 => CaseLayout.ReadOnlyAddress + (ulong)random.Next(0x1000),
            17 => CaseLayout.ReadOnlyAddress + offset,
            18 => CaseLayout.ReadOnlyAddress + 0x1000 + offset,
            _ => CaseLayout.DataAddress + offset,
        };
    }

    internal void Registers(Span<byte> record, int pointers, bool is32Bit)
    {
        for (int i = 0; i < 16; i++)
        {
            bool pointer = ((pointers >> i) & 1) != 0;
            ulong value = pointer ? Pointer() : Value();
            value = is32Bit ? i < 8 ? (uint)value : 0 : value;
            BinaryPrimitives.WriteUInt64LittleEndian(record[CaseLayout.General[i]..], value);
        }

        ulong alignment = random.Next(30) == 0 ? 0x40000u : 0;
        Rest(record, is32Bit, alignment);
    }

    /// <summary>Registers for a long case: <see cref="CodeGenerator"/> keeps the pointers, and R12 as a small index, for addresses.</summary>
    internal void CalmRegisters(Span<byte> record, bool is32Bit)
    {
        for (int i = 0; i < 16; i++)
        {
            ulong value = i == CodeGenerator.CalmIndex ? (ulong)(random.Next(-4, 5) * 16)
                : CodeGenerator.IsCalmPointer(i) ? Middle + ((ulong)random.Next(-16, 17) * 32) + (random.Next(16) == 0 ? (ulong)random.Next(32) : 0)
                : Value();
            value = is32Bit ? i < 8 ? (uint)value : 0 : value;
            BinaryPrimitives.WriteUInt64LittleEndian(record[CaseLayout.General[i]..], value);
        }

        Rest(record, is32Bit, 0);
    }

    private void Rest(Span<byte> record, bool is32Bit, ulong alignment)
    {
        ulong flags = 0x202 | ((ulong)random.Next() & 0x8D5) | (random.Next(8) == 0 ? 0x400u : 0) | alignment;
        BinaryPrimitives.WriteUInt64LittleEndian(record[CaseLayout.Flags..], flags);
        BinaryPrimitives.WriteUInt64LittleEndian(record[CaseLayout.FsBase..], Base(is32Bit));
        BinaryPrimitives.WriteUInt64LittleEndian(record[CaseLayout.GsBase..], Base(is32Bit));
        BinaryPrimitives.WriteUInt16LittleEndian(record[CaseLayout.Cs..], is32Bit ? CaseLayout.UserCode32 : CaseLayout.UserCode64);
        BinaryPrimitives.WriteUInt16LittleEndian(record[CaseLayout.Ss..], CaseLayout.UserData);
        BinaryPrimitives.WriteUInt16LittleEndian(record[CaseLayout.Ds..], is32Bit ? CaseLayout.UserData : (ushort)0);
        BinaryPrimitives.WriteUInt16LittleEndian(record[CaseLayout.Es..], is32Bit ? CaseLayout.UserData : (ushort)0);
        BinaryPrimitives.WriteUInt64LittleEndian(record[CaseLayout.Present..], 7);
    }

    private ulong Base(bool is32Bit) => is32Bit || random.Next(2) == 0 ? 0 : (ulong)random.Next(0, 64) * 16;

    internal void Floating(Span<byte> record, bool calm)
    {
        ushort control = (ushort)(random.Next(4) == 0
            ? 0x40 | (random.Next() & 0xF3F) | (calm || random.Next(2) == 0 ? 0x3F : 0)
            : 0x37F | (random.Next(4) << 10));
        int top = random.Next(8);
        int raised = random.Next(4) == 0 ? random.Next(64) & control : 0;
        int status = (top << 11) | (random.Next() & 0x4700) | raised;
        if (random.Next(100) == 0)
        {
            status |= random.Next(64);
        }

        status |= (status & ~control & 0x3F) != 0 ? 0x8080 : 0;
        BinaryPrimitives.WriteUInt16LittleEndian(record[CaseLayout.Fcw..], control);
        BinaryPrimitives.WriteUInt16LittleEndian(record[CaseLayout.Fsw..], (ushort)status);
        record[CaseLayout.Ftw] = (byte)(random.Next(3) == 0 ? random.Next(256) : random.Next(4) == 0 ? 0 : 255);
        BinaryPrimitives.WriteUInt16LittleEndian(record[CaseLayout.Fop..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(record[CaseLayout.Fip..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(record[CaseLayout.Fdp..], 0);
        uint mxcsr = random.Next(4) switch
        {
            0 => (uint)random.Next(0x10000),
            1 => 0x1F80 | ((uint)random.Next(4) << 13) | (random.Next(2) == 0 ? 0x8040u : 0),
            _ => 0x1F80 | (uint)random.Next(64),
        };
        mxcsr |= calm ? 0x1F80u : 0;
        BinaryPrimitives.WriteUInt32LittleEndian(record[CaseLayout.Mxcsr..], mxcsr);
        for (int i = 0; i < 8; i++)
        {
            (ulong significand, ushort exponent) = Extended();
            BinaryPrimitives.WriteUInt64LittleEndian(record[(CaseLayout.St + (i * 16))..], significand);
            BinaryPrimitives.WriteUInt64LittleEndian(record[(CaseLayout.St + (i * 16) + 8)..], exponent);
        }

        for (int i = 0; i < 16; i++)
        {
            Vector(record.Slice(CaseLayout.Xmm + (i * 16), 16), record.Slice(CaseLayout.High + (i * 16), 16));
        }
    }

    internal (ulong Significand, ushort Exponent) Extended()
    {
        ulong significand = random.Next(3) == 0
            ? s_significands[random.Next(s_significands.Length)]
            : random.Bits() << (random.Next(2) * random.Next(64));
        int kind = random.Next(8);
        int exponent = kind switch
        {
            0 => s_exponents[random.Next(s_exponents.Length)],
            1 => random.Next(0x8000),
            2 => 0x3FFF + random.Next(-16, 17),
            _ => 0x3FFF + random.Next(-70, 71),
        };
        if (kind > 1 || random.Next(4) != 0)
        {
            significand |= exponent == 0 ? 0 : 1ul << 63;
        }

        if (random.Next(16) == 0)
        {
            significand = 0;
            exponent = 0;
        }

        return (significand, (ushort)(exponent | (random.Next(2) << 15)));
    }

    private void Vector(Span<byte> low, Span<byte> high)
    {
        int kind = random.Next(6);
        for (int i = 0; i < 4; i++)
        {
            Span<byte> target = (i < 2 ? low : high)[((i & 1) * 8)..];
            ulong value = kind switch
            {
                0 => ((ulong)Single() << 32) | Single(),
                1 => Double(),
                2 => Value(),
                3 => (ulong)(uint)random.Next(-8, 9) | ((ulong)(uint)random.Next(-8, 9) << 32),
                4 => random.Bits(),
                _ => random.Next(2) == 0 ? Double() : ((ulong)Single() << 32) | Single(),
            };
            BinaryPrimitives.WriteUInt64LittleEndian(target, value);
        }
    }
}
