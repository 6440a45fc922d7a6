using System.Runtime.CompilerServices;
using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>Turns instruction bytes into operations until a block ends. Source: Intel SDM vol. 2A, chapter 2, and vol. 2D, appendix A.</summary>
// SAFETY: reads code through host pages handed out for reading, one byte at a time inside the page; writes only into its buffer.
internal unsafe ref partial struct Decoder
{
    private const int None = -1;
    private const int CompareOperation = 7; // of the eight; the one behind them is TEST
    private const int MaxLength = 15;

    private readonly Cpu _cpu;
    private readonly ulong _linear;
    private readonly ulong _physical;
    private readonly Span<Op> _ops;
    private readonly int _max;
    private readonly nint _page;
    private readonly int _plainBytes;
    private readonly bool _code64;
    private readonly bool _code32;
    private readonly uint _mode;
    private nint _secondHost;
    private bool _cut;      // the block ends before this instruction
    private bool _failed;   // fetching faulted
    private bool _tooLong;

    // The instruction being decoded.
    private Op _op;
    private int _start;
    private int _at;
    private int _near;      // up to here bytes are fetched without another look: the page, the segment, fifteen bytes
    private int _size;      // operand size in bytes
    private int _address;   // address size in bytes
    private int _segment;   // override, or -1
    private byte _rex;
    private byte _repeat;   // 0, 0xF2, 0xF3
    private bool _operandPrefix;
    private bool _lock;
    private bool _ends;
    private int _mod;
    private int _reg;
    private int _rm;
    private int _vexV;
    private bool _vex;
    private bool _vexLong;
    private bool _vexNone;  // VEX.vvvv names no register
    private int _condition; // of a conditional jump of 64-bit code, or None
    private CompareForm? _compare;
    private CompareForm? _comparedBefore; // by the instruction before

    internal Decoder(Cpu cpu, ulong linear, ulong physical, Span<Op> ops, int max)
    {
        _cpu = cpu;
        _linear = linear;
        _physical = physical;
        _ops = ops;
        _max = max;
        _mode = cpu.ModeKey;
        _code64 = (_mode & Cpu.ModeSizeMask) == Cpu.Mode64;
        _code32 = (_mode & Cpu.ModeSizeMask) == Cpu.Mode32;
        _page = cpu.PhysicalPage(physical, false);
        _plainBytes = _page == 0 ? 0 : 0x1000 - PageOffset(0);
        if (!_code64)
        {
            ulong inside = cpu.Rip <= cpu.Seg[Sr.CS].Limit ? cpu.Seg[Sr.CS].Limit - cpu.Rip + 1 : 0;
            _plainBytes = (int)Math.Min((ulong)_plainBytes, inside);
        }

        _page += PageOffset(0);
        _mod = 3;
    }

    internal int Count { get; private set; }

    /// <summary>The physical page of the second part of an instruction that crosses a page, or 0.</summary>
    internal ulong SecondPage { get; private set; }

    /// <summary>Decodes one block into the buffer.</summary>
    /// <returns>False when fetching the first instruction faulted; the fault is raised.</returns>
    internal bool Run()
    {
        while (!_ends)
        {
            // The last place is kept for the operation that leads to the next block.
            if (Count >= _max - 1 && Count > 0)
            {
                return EndBlock();
            }

            _start = _at;
            Begin();
            Instruction();
            if (_failed)
            {
                return false;
            }

            if (_cut)
            {
                _at = _start;
                return EndBlock();
            }

            if (_tooLong || _at - _start > MaxLength)
            {
                Raise(&SystemOps.Protection);
            }
            else if (_lock && !_lockable)
            {
                Raise(&SystemOps.Undefined);
            }

            Commit();
            if (SecondPage != 0 || (PageOffset(_at) >= 0x1000 && !_ends))
            {
                return _ends || EndBlock();
            }

            if (_max == 1)
            {
                return true;
            }
        }

        return true;
    }

    private readonly int PageOffset(int at) => (int)(_linear & 0xFFF) + at;

    private bool EndBlock()
    {
        if (Count >= _ops.Length)
        {
            return true;
        }

        _op = default;
        _condition = None;
        _start = _at;
        _op.Run = &Flow.NextBlock;
        _op.Kind = 1;
        Commit();
        return true;
    }

    /// <summary>A comparison and the conditional jump behind it get one handler; the jump keeps its own for whoever enters there.</summary>
    private void Commit()
    {
        if (_condition != None && _comparedBefore is { } before && Count > 0)
        {
            Handler both = CompareJumps.Pick(before, _condition);
            _ops[Count - 1].Run = both != null ? both : _ops[Count - 1].Run;
        }

        _comparedBefore = _compare;
        _op.Start = (ushort)_start;
        _op.Next = (ushort)_at;
        _ops[Count++] = _op;
    }

    private void Raise(Handler handler)
    {
        _op = default;
        _op.Base = Rg.Zero;
        _op.Index = Rg.Zero;
        _op.Run = handler;
        _ends = true;
        _condition = None;
        _compare = null;
    }

    private void Begin()
    {
        _op = default;
        _op.Base = Rg.Zero;
        _op.Index = Rg.Zero;
        _op.Segment = Sr.DS;
        _segment = -1;
        _rex = 0;
        _repeat = 0;
        _operandPrefix = false;
        _lock = false;
        _lockable = false;
        _vex = false;
        _vexV = 0;
        _vexLong = false;
        _vexNone = true;
        _condition = None;
        _compare = null;
        _mod = 3;
        _size = _code64 || _code32 ? 4 : 2;
        _address = _code64 ? 8 : _code32 ? 4 : 2;
        _near = Math.Min(_start + MaxLength, _plainBytes);
    }

    private bool _lockable;

    private byte Next() => _at < _near ? *(byte*)(_page + _at++) : NextFar();

    private byte NextFar()
    {
        if (_at - _start >= MaxLength)
        {
            _tooLong = true;
            return 0;
        }

        int offset = PageOffset(_at);
        if (offset < 0x1000)
        {
            return FetchFirst(offset);
        }

        if ((!_code64 && !InsideLimit()) || (SecondPage == 0 && !OpenSecond()))
        {
            return 0;
        }

        _at++;
        return _secondHost != 0
            ? *(byte*)(_secondHost + offset - 0x1000)
            : (byte)_cpu.Io.ReadMemory(new GuestAddress(SecondPage + (ulong)offset - 0x1000), 1);
    }

    private byte FetchFirst(int offset)
    {
        if (!_code64 && !InsideLimit())
        {
            return 0;
        }

        _at++;
        return _plainBytes != 0
            ? *(byte*)(_page + _at - 1)
            : (byte)_cpu.Io.ReadMemory(new GuestAddress((_physical & ~0xFFFul) + (ulong)offset), 1);
    }

    private bool InsideLimit()
    {
        if (_cpu.Rip + (ulong)_at <= _cpu.Seg[Sr.CS].Limit)
        {
            return true;
        }

        if (Count > 0)
        {
            _cut = true;
        }
        else
        {
            _failed = true;
            _cpu.Fault(null, Vec.GP);
        }

        return false;
    }

    private bool OpenSecond()
    {
        if (_cut || _failed)
        {
            return false;
        }

        if (Count > 0)
        {
            _cut = true;
            return false;
        }

        ulong next = (_linear & ~0xFFFul) + 0x1000;
        if (!_cpu.TranslateExec(_code64 ? next : (uint)next, out ulong physical))
        {
            _failed = true;
            return false;
        }

        SecondPage = physical;
        _cpu.MarkCode(physical);
        _secondHost = _cpu.PhysicalPage(physical, false);
        return true;
    }

    private ushort Next16() => (ushort)(Next() | (Next() << 8));

    private uint Next32()
    {
        if (_at + sizeof(uint) > _near)
        {
            return Next16() | ((uint)Next16() << 16);
        }

        _at += sizeof(uint);
        return Unsafe.ReadUnaligned<uint>((void*)(_page + _at - sizeof(uint)));
    }

    private ulong Next64() => Next32() | ((ulong)Next32() << 32);

    /// <summary>An immediate of the operand size, sign-extended; 64-bit operands take 32 bits.</summary>
    private long Immediate() => _size switch
    {
        1 => (sbyte)Next(),
        2 => (short)Next16(),
        _ => (int)Next32(),
    };

    private long Immediate8() => (sbyte)Next();

    private readonly byte Register(int number, int size) =>
        (byte)(size == 1 && _rex == 0 && !_vex && number is >= 4 and < 8 ? ((number - 4) * 8) + 1 : number * 8);

    private readonly bool RexW => (_rex & 8) != 0;

    /// <summary>Reads ModRM, SIB and displacement. Sizes of the memory operand go into Bytes.</summary>
    private void ModRm()
    {
        byte b = Next();
        _mod = b >> 6;
        _reg = ((b >> 3) & 7) | ((_rex & 4) << 1);
        _rm = (b & 7) | ((_rex & 1) << 3);
        if (_mod == 3)
        {
            return;
        }

        if (_address == 2)
        {
            Address16(b & 7);
        }
        else
        {
            Address32(b & 7);
        }

        FinishAddress();
    }

    private void FinishAddress()
    {
        if (_segment >= 0 && (!_code64 || _segment >= Sr.FS))
        {
            _op.Segment = (byte)_segment;
        }

        int mode = 0;
        if (!_code64)
        {
            mode = AddressMode.Check | AddressMode.Base | (_address == 2 ? AddressMode.Wrap16 : AddressMode.Wrap32);
        }
        else
        {
            mode |= _op.Segment >= Sr.FS ? AddressMode.Base : 0;
            mode |= _address == 4 ? AddressMode.Wrap32 : 0;
        }

        _op.Mode = (byte)mode;
    }

    private void Address16(int rm)
    {
        (_op.Base, _op.Index) = rm switch
        {
            0 => ((byte)Rg.BX, (byte)Rg.SI),
            1 => ((byte)Rg.BX, (byte)Rg.DI),
            2 => ((byte)Rg.BP, (byte)Rg.SI),
            3 => ((byte)Rg.BP, (byte)Rg.DI),
            4 => ((byte)Rg.SI, (byte)Rg.Zero),
            5 => ((byte)Rg.DI, (byte)Rg.Zero),
            6 => ((byte)Rg.BP, (byte)Rg.Zero),
            _ => ((byte)Rg.BX, (byte)Rg.Zero),
        };
        if (rm is 2 or 3 || (rm == 6 && _mod != 0))
        {
            _op.Segment = Sr.SS;
        }

        if (_mod == 0 && rm == 6)
        {
            _op.Base = Rg.Zero;
            _op.Disp = Next16();
        }
        else if (_mod == 1)
        {
            _op.Disp = (sbyte)Next();
        }
        else if (_mod == 2)
        {
            _op.Disp = (short)Next16();
        }
    }

    private void Address32(int rm)
    {
        if (rm == 4)
        {
            Sib();
        }
        else if (rm == 5 && _mod == 0)
        {
            _op.Disp = (int)Next32();
            _ripRelative = _code64;
            return;
        }
        else
        {
            _op.Base = (byte)(_rm * 8);
            _op.Segment = _rm == 5 ? (byte)Sr.SS : (byte)Sr.DS;
        }

        if (_mod == 1)
        {
            _op.Disp = (sbyte)Next();
        }
        else if (_mod == 2)
        {
            _op.Disp = (int)Next32();
        }
    }

    private bool _ripRelative;

    private void Sib()
    {
        byte sib = Next();
        int index = ((sib >> 3) & 7) | ((_rex & 2) << 2);
        int low = sib & 7;
        int number = low | ((_rex & 1) << 3);
        if (index != 4)
        {
            _op.Index = (byte)(index * 8);
            _op.Scale = (byte)(sib >> 6);
        }

        if (low == 5 && _mod == 0)
        {
            _op.Disp = (int)Next32();
            return;
        }

        _op.Base = (byte)(number * 8);
        _op.Segment = low is 4 or 5 && number < 8 ? (byte)Sr.SS : (byte)Sr.DS;
    }

    /// <summary>Call when all bytes of the instruction are read: RIP-relative addresses count from its end.</summary>
    private void FixRipRelative()
    {
        if (_ripRelative)
        {
            _ripRelative = false;
            _op.Base = Rg.Block;
            _op.Disp = unchecked(_op.Disp + _at);
        }
    }

    private void Instruction()
    {
        _ripRelative = false;
        for (; ; )
        {
            byte b = Next();
            if (_cut || _failed || _tooLong)
            {
                return;
            }

            if (!Prefix(b))
            {
                if (RexW)
                {
                    _size = 8;
                }

                OneByte(b);
                FixRipRelative();
                return;
            }
        }
    }

    private bool Prefix(byte b)
    {
        if (_code64 && (b & 0xF0) == 0x40)
        {
            _rex = b;
            return true;
        }

        switch (b)
        {
            case 0x26 or 0x2E or 0x36 or 0x3E:
                if (!_code64)
                {
                    _segment = (b >> 3) & 3;
                }

                break;
            case 0x64 or 0x65:
                _segment = b - 0x60;
                break;
            case 0x66:
                _operandPrefix = true;
                _size = _code64 || _code32 ? 2 : 4;
                break;
            case 0x67:
                _address = _code64 || !_code32 ? 4 : 2;
                break;
            case 0xF0:
                _lock = true;
                break;
            case 0xF2 or 0xF3:
                _repeat = b;
                break;
            default:
                return false;
        }

        _rex = 0; // counts only right before the opcode
        return true;
    }

    private static Handler Pick(int size, Handler b, Handler w, Handler d, Handler q) => size switch
    {
        1 => b,
        2 => w,
        4 => d,
        _ => q,
    };

    private void Invalid() => Raise(&SystemOps.Undefined);

    private bool InvalidIn64()
    {
        if (_code64)
        {
            Invalid();
        }

        return _code64;
    }
}
