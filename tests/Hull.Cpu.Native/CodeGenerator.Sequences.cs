using System.Buffers.Binary;

namespace Hull.Cpu.Native;

/// <summary>Sequences whose parts fit together: chance alone draws a valid selector, a short count or a sound XSAVE header too seldom.</summary>
internal sealed partial class CodeGenerator
{
    private const int LongestSequence = 104;
    private const int Ax = 0, Cx = 1;
    private const ushort ProcessorNumber = 0x78; // Linux's segment whose limit is the processor's number

    // Valid and invalid ones of Linux's tables and of the local one; their lowest bits are drawn.
    private static readonly ushort[] s_selectors =
    [
        0, 0x08, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38, 0x40, 0x48, 0x50, 0x58, 0x60, 0x70, ProcessorNumber, 0x80, 0xFFF8, 0x04, 0x0C, 0x14, 0x1C, 0x24,
        0x2C, 0x34, 0x3C, 0x44, 0x4C, 0x54, 0x5C, 0x64, 0x6C,
    ];

    private static readonly ushort[] s_code = [CaseLayout.UserCode32, CaseLayout.UserCode64, LocalSegments.Code16, LocalSegments.Code32, LocalSegments.ExecuteOnly];

    private static readonly ushort[] s_data =
        [0, CaseLayout.UserData, LocalSegments.Data16, LocalSegments.Data32, LocalSegments.Down16, LocalSegments.ReadOnly, LocalSegments.Pages, LocalSegments.Code16];

    private bool TrySequence(NativeFamilies families, List<int> ends)
    {
        if (!_calm || (families & NativeFamilies.Sequences) == 0 || !random.OneIn(10)
            || _at > (Crosses ? _bytes.Length : CaseLayout.SlotBytes) - LongestSequence)
        {
            return false;
        }

        _isLast = false;
        int start = _at;
        int before = ends.Count;
        DrawSequence(families, ends);
        if (!Forbidden.HasSystemCall(_bytes.AsSpan(Math.Max(start - 2, 0), _at - Math.Max(start - 2, 0))))
        {
            return true;
        }

        // A number in it looks like a system call, or would make one of whatever follows.
        ends.RemoveRange(before, ends.Count - before);
        _bytes.AsSpan(start, _at - start).Fill(0xCC);
        _at = start;
        _isLast = false;
        return false;
    }

    private void DrawSequence(NativeFamilies families, List<int> ends)
    {
        bool selectors = !_steady && (families & NativeFamilies.Segments) != 0;
        switch (random.Next(selectors ? 9 : 5))
        {
            case 0 or 1:
                Repetition(ends);
                break;
            case 2 when !_is32Bit && !Crosses:
                ChangedCode(ends);
                break;
            case 2 or 3 or 4:
                ExtendedState(ends);
                break;
            case 5 or 6:
                Inspect(ends);
                break;
            case 7:
                LoadSelector(ends);
                break;
            default:
                FarTransfer(ends);
                _isLast = true;
                break;
        }
    }

    // MOV of 32 bits in every mode.
    private void MoveNumber(int register, uint value, List<int> ends)
    {
        Wide();
        Byte(0xB8 + register);
        Little(value, 4);
        ends.Add(_at);
    }

    // Operands of 32 bits in every mode.
    private void Wide()
    {
        if (_is16Bit)
        {
            Byte(0x66);
        }
    }

    private void Narrow()
    {
        if (!_is16Bit)
        {
            Byte(0x66);
        }
    }

    // A memory operand at an address that is known.
    private void Absolute(int reg, ulong linear)
    {
        ulong offset = linear - _data;
        if (_is16Bit)
        {
            Byte((reg << 3) | 6);
            Little(offset, 2);
            return;
        }

        Byte((reg << 3) | (_is32Bit ? 5 : 4));
        if (!_is32Bit)
        {
            Byte(0x25);
        }

        Little(offset, 4);
    }

    private void Store(ulong linear, uint value, int bytes, List<int> ends)
    {
        if (bytes == 2)
        {
            Narrow();
        }
        else
        {
            Wide();
        }

        Byte(0xC7);
        Absolute(0, linear);
        Little(value, bytes);
        ends.Add(_at);
    }

    private ushort AnySelector() => (ushort)(s_selectors[random.Next(s_selectors.Length)] | random.Next(4) | (random.OneIn(3) ? 3 : 0));

    /// <summary>A string instruction with a short count, either direction, every size of operand and address.</summary>
    private void Repetition(List<int> ends)
    {
        MoveNumber(Cx, (uint)random.Next(random.OneIn(4) ? 300 : 9), ends);
        if (random.OneIn(2))
        {
            Byte(random.OneIn(3) ? 0xFD : 0xFC);
            ends.Add(_at);
        }

        if (random.OneIn(3) && (!_is32Bit || _data != 0))
        {
            Byte(0x67);
        }

        if (random.OneIn(8))
        {
            Byte("\x26\x2E\x36\x3E\x64\x65"[random.Next(6)]);
        }

        if (random.OneIn(3))
        {
            Byte(0x66);
        }

        Byte(random.OneIn(2) ? 0xF2 : 0xF3);
        if (!_is32Bit && random.OneIn(2))
        {
            Byte(0x48);
        }

        Byte("\xA4\xA5\xA6\xA7\xAA\xAB\xAC\xAD\xAE\xAF"[random.Next(10)]);
        ends.Add(_at);
    }

    /// <summary>Code that changes an instruction just before it runs, by another address of the same bytes.</summary>
    private void ChangedCode(List<int> ends)
    {
        Byte(0x48);
        Byte(0xB8);
        int at = _at;
        Little(0, 8);
        ends.Add(_at);
        bool opcode = random.OneIn(2);
        Byte(opcode ? 0xC6 : 0xC7);
        Byte(0);
        Little(opcode ? "\xF8\xF9\xF5\xFC\x98\x99"[random.Next(6)] : random.Bits(), opcode ? 1 : 4);
        ends.Add(_at);
        for (int i = random.Next(3); i > 0; i--)
        {
            Byte(0x90);
            ends.Add(_at);
        }

        int number = _at + (opcode ? 0 : 1);
        Byte(opcode ? 0x90 : 0xB9);
        Little(0, opcode ? 0 : 4);
        ends.Add(_at);
        ulong target = CaseLayout.CodeAlias + (_slot - CaseLayout.CodeAddress) + (ulong)number;
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(at), target);
        MoveNumber(Ax, (uint)random.Bits(), ends); // no other instruction gets to know that address
    }

    /// <summary>XSAVE, XSAVEOPT, XSAVEC and XRSTOR with an area whose header is sound most of the time.</summary>
    private void ExtendedState(List<int> ends)
    {
        const int Header = 512;
        ulong area = CaseLayout.DataAddress + ((ulong)random.Next(random.OneIn(16) ? 0x90 : 0x73) * 64) + (random.OneIn(32) ? 4u : 0);
        bool restore = random.OneIn(2);
        if (restore)
        {
            // vpxor xmm0, xmm0, xmm0; two stores of YMM0; what is present; MXCSR.
            Little(0xC0EFF9C5, 4);
            ends.Add(_at);
            for (int i = 0; i < 2; i++)
            {
                Little(0x7FFEC5, 3);
                Absolute(0, area + Header + (ulong)(i * 32));
                ends.Add(_at);
            }

            // x87's last addresses: how many bits of them count is each processor's own affair.
            Little(0x7FFAC5, 3);
            Absolute(0, area + 8);
            ends.Add(_at);
            uint present = (uint)random.Next(random.OneIn(20) ? 16 : 8);
            Store(area + Header, present, 4, ends);
            if (random.OneIn(2))
            {
                CompactedHeader(area + Header, present, ends);
            }

            Store(area + 24, 0x1F80u | (random.OneIn(3) ? (uint)random.Bits() & (random.OneIn(8) ? 0x1FFFFu : 0xE07F) : 0), 4, ends);
        }

        else
        {
            BringIntoUse(ends);
        }

        MoveNumber(Ax, (uint)random.Next(8), ends);
        Byte(0x31);
        Byte(0xD2);
        ends.Add(_at);
        if (!_is32Bit && random.OneIn(2))
        {
            Byte(0x48);
        }

        bool compacts = !restore && random.OneIn(3);
        Byte(0x0F);
        Byte(compacts ? 0xC7 : 0xAE);
        Absolute(restore ? 5 : compacts || random.OneIn(2) ? 4 : 6, area);
        ends.Add(_at);
    }

    // Components that the area has room for: those that are present, most of the time.
    private void CompactedHeader(ulong header, uint present, List<int> ends)
    {
        Store(header + 8, random.OneIn(8) ? (uint)random.Next(16) : present | (uint)random.Next(8), 4, ends);
        Store(header + 12, 0x80000000, 4, ends);
        if (random.OneIn(16))
        {
            Store(header + 16 + (ulong)random.Next(45), 1, 4, ends);
        }
    }

    // Which components count as used is each processor's own affair: fnclex, movaps and vpcmpeqd or vzeroupper leave no doubt.
    private void BringIntoUse(List<int> ends)
    {
        Little(0xE2DB, 2);
        ends.Add(_at);
        Little(0xC0280F, 3);
        ends.Add(_at);
        if (random.OneIn(3))
        {
            Little(0x77F8C5, 3);
        }
        else
        {
            Little(0xC076FDC5, 4);
        }

        ends.Add(_at);
    }

    /// <summary>LAR, LSL, VERR, VERW of a selector of which something is known.</summary>
    private void Inspect(List<int> ends)
    {
        ushort selector = AnySelector();
        MoveNumber(Ax, selector | (random.OneIn(4) ? (uint)random.Bits() << 16 : 0), ends);
        int kind = random.Next((selector & ~7) == ProcessorNumber ? 3 : 4);
        if (random.OneIn(3))
        {
            Byte(0x66);
        }

        if (!_is32Bit && random.OneIn(3))
        {
            Byte(0x48);
        }

        Byte(0x0F);
        Byte(kind == 3 ? 3 : kind == 2 ? 2 : 0);
        Byte(kind >= 2 ? 0xC0 | (random.Next(3) << 3) : 0xE0 | (kind << 3));
        ends.Add(_at);
    }

    /// <summary>MOV, POP and the far pointers' way into a data segment register.</summary>
    private void LoadSelector(List<int> ends)
    {
        ushort selector = random.OneIn(3) ? AnySelector() : s_data[random.Next(s_data.Length)];
        int segment = "\x00\x03\x04\x05\x04\x05"[random.Next(6)];
        if (_is32Bit && segment < 4 && !random.OneIn(8))
        {
            // What follows uses it.
            selector = _data == 0 ? CaseLayout.UserData : LocalSegments.Data32;
        }

        int kind = random.Next(segment < 4 ? 2 : 4);
        if (kind >= 2)
        {
            ulong at = CaseLayout.DataAddress + (ulong)random.Next(0x1FF0);
            int size = random.OneIn(2) ? 2 : 4;
            Store(at + (ulong)size, selector, 2, ends);
            if ((size == 2) != _is16Bit)
            {
                Byte(0x66);
            }

            Byte(0x0F);
            Byte(0xB0 + segment); // LFS, LGS
            Absolute(random.Next(3), at);
            ends.Add(_at);
            return;
        }

        MoveNumber(Ax, selector, ends);
        if (kind == 0)
        {
            Byte(0x8E);
            Byte(0xC0 | (segment << 3));
            ends.Add(_at);
            return;
        }

        Byte(0x50);
        ends.Add(_at);
        if (segment >= 4)
        {
            Byte(0x0F);
            Byte(segment == 4 ? 0xA1 : 0xA9);
        }
        else if (_is32Bit)
        {
            Byte(segment == 0 ? 0x07 : 0x1F);
        }
        else
        {
            Byte(0x58);
        }

        ends.Add(_at);
    }
}
