using System.Buffers.Binary;
using Hull.Cpu.Interpreter;
using Hull.Machine;

namespace Hull.Cpu.Native;

/// <summary>The same world as the native child's, for the interpreter: Linux's descriptors, the same pages, a handler per vector.</summary>
internal sealed class InterpreterWorld : IDisposable
{
    private const ulong Kernel = 0xFFFF800000000000;
    private const int Handlers = 0x8000, Stack = 0x9000, Gdt = 0xA000, Idt = 0xB000, Tss = 0xC000;
    private const int CodePhysical = 0x10000, DataPhysical = 0x20000;
    private const int MostRuns = 3;

    private static readonly IGuestIo s_io = new SilentBoard();

    private readonly RigMemory _memory = new(0x40000);
    private readonly InterpretingProcessor _processor;
    private readonly ProcessorState _template;
    private readonly Timer _watch;
    private ProcessorState _state;

    internal InterpreterWorld()
    {
        _processor = new InterpretingProcessor(_memory);
        Map();
        Descriptors();
        _template = Template();
        _watch = new Timer(_ => _processor.RequestStop(), null, 50, 50);
    }

    internal void LoadBatch(ReadOnlySpan<byte> code, ReadOnlySpan<byte> readOnly)
    {
        _memory.TryWrite(new GuestAddress(CodePhysical), code);
        _memory.TryWrite(new GuestAddress(DataPhysical + CaseLayout.MemoryBytes), readOnly);
    }

    /// <summary>Runs one case into a record like the child's.</summary>
    /// <returns>False when it does not end.</returns>
    internal bool Run(ReadOnlySpan<byte> input, ReadOnlySpan<byte> initial, Span<byte> output)
    {
        initial.CopyTo(Memory);
        _state = _template;
        Fill(input);
        _processor.Load(_state);
        for (int run = 0; run < MostRuns; run++)
        {
            ProcessorStop stop = _processor.Run(s_io);
            if (stop != ProcessorStop.Requested)
            {
                _processor.Save(ref _state);
                Collect(input, output, stop);
                return true;
            }
        }

        return false;
    }

    internal Span<byte> Memory => _memory.Bytes.Span.Slice(DataPhysical, CaseLayout.MemoryBytes);

    public void Dispose()
    {
        _watch.Dispose();
        _processor.Dispose();
    }

    private void Put(int address, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(_memory.Bytes.Span[address..], value);

    private void Map()
    {
        Put(0x1000, 0x2007);
        Put(0x2000, 0x3007);
        Put(0x3000 + (0x100 * 8), 0x4007);
        for (int i = 0; i < 4; i++)
        {
            Put(0x4000 + (i * 8), (ulong)(CodePhysical + (i * 0x1000)) | 0x25);
        }

        const ulong NoExecute = 1ul << 63;
        Put(0x4000 + (0x10 * 8), NoExecute | DataPhysical | 0x67);
        Put(0x4000 + (0x11 * 8), NoExecute | (DataPhysical + 0x1000) | 0x67);
        Put(0x4000 + (0x12 * 8), NoExecute | (DataPhysical + 0x2000) | 0x25);
        Put(0x1000 + (256 * 8), 0x5003);
        Put(0x5000, 0x6003);
        Put(0x6000, 0x7003);
        for (int i = 0; i < 16; i++)
        {
            Put(0x7000 + (i * 8), (ulong)(i * 0x1000) | 0x63);
        }
    }

    // The descriptors of Linux on x86-64: arch/x86/include/asm/segment.h.
    private void Descriptors()
    {
        ReadOnlySpan<ulong> table =
        [
            0, 0x00CF9B000000FFFF, 0x00AF9B000000FFFF, 0x00CF93000000FFFF,
            0x00CFFB000000FFFF, 0x00CFF3000000FFFF, 0x00AFFB000000FFFF, 0,
        ];
        for (int i = 0; i < table.Length; i++)
        {
            Put(Gdt + (i * 8), table[i]);
        }

        // The segment that tells user code its processor's number.
        Put(Gdt + (15 * 8), 0x0040F50000000000);
        for (int vector = 0; vector < 256; vector++)
        {
            ulong target = Kernel + (ulong)(Handlers + (vector * 16));
            ulong dpl = vector is 3 or 4 ? 3ul : 0;
            Put(Idt + (vector * 16), (target & 0xFFFF) | (0x10ul << 16) | ((0x8E00 | (dpl << 13)) << 32) | ((target & 0xFFFF0000) << 32));
            Put(Idt + (vector * 16) + 8, target >> 32);
            _memory.Bytes.Span[Handlers + (vector * 16)] = 0xF4;
        }

        Put(Tss + 4, Kernel + Stack + 0x1000);
        Put(Tss + 0x60, 0x8000ul << 48); // the I/O bitmap lies beyond the limit: no port is allowed
    }

    private static ProcessorState Template()
    {
        var state = ProcessorState.Reset();
        state.Cr0 = 0x80050033;
        state.Cr3 = 0x1000;
        state.Cr4 = 0x350EB0;
        state.Efer = 0xD01;
        state.Xcr0 = 7;
        state.Gdtr = new TableState { Base = Kernel + Gdt, Limit = 0x7F };
        state.Idtr = new TableState { Base = Kernel + Idt, Limit = 0xFFF };
        state.Tr = new SegmentState { Selector = 0x40, Base = Kernel + Tss, Limit = 0x206F, Attributes = 0x8B };
        state.Ldtr = default;
        return state;
    }

    private static SegmentState Data(ushort selector) => (selector & 0xFFFC) == 0
        ? new SegmentState { Selector = selector }
        : new SegmentState { Selector = selector, Limit = uint.MaxValue, Attributes = 0xC0F3 };

    private void Fill(ReadOnlySpan<byte> input)
    {
        for (int i = 0; i < 16; i++)
        {
            _state.General[i] = BinaryPrimitives.ReadUInt64LittleEndian(input[CaseLayout.General[i]..]);
        }

        _state.Rip = BinaryPrimitives.ReadUInt64LittleEndian(input[CaseLayout.Rip..]);
        _state.Rflags = BinaryPrimitives.ReadUInt64LittleEndian(input[CaseLayout.Flags..]) | 2;
        ushort cs = BinaryPrimitives.ReadUInt16LittleEndian(input[CaseLayout.Cs..]);
        _state.Cs = new SegmentState
        {
            Selector = cs,
            Limit = uint.MaxValue,
            Attributes = cs == CaseLayout.UserCode64 ? (ushort)0xA0FB : (ushort)0xC0FB,
        };
        _state.Ss = Data(BinaryPrimitives.ReadUInt16LittleEndian(input[CaseLayout.Ss..]));
        _state.Ds = Data(BinaryPrimitives.ReadUInt16LittleEndian(input[CaseLayout.Ds..]));
        _state.Es = Data(BinaryPrimitives.ReadUInt16LittleEndian(input[CaseLayout.Es..]));
        _state.Fs = default;
        _state.Gs = default;
        _state.Fs.Base = BinaryPrimitives.ReadUInt64LittleEndian(input[CaseLayout.FsBase..]);
        _state.Gs.Base = BinaryPrimitives.ReadUInt64LittleEndian(input[CaseLayout.GsBase..]);
        FloatingState.Load(input, ref _state);
    }

    private void Collect(ReadOnlySpan<byte> input, Span<byte> output, ProcessorStop stop)
    {
        output.Clear();
        int vector = (int)((_state.Rip - 1 - Kernel - Handlers) / 16);
        if (stop != ProcessorStop.Halted || _state.Rip <= Kernel || vector is < 0 or > 255)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(output[CaseLayout.Trap..], 1000 + (ulong)stop);
            return;
        }

        int frame = (int)(_state.General[4] - Kernel);
        ReadOnlySpan<byte> stack = _memory.Bytes.Span[frame..];
        if (vector is 8 or (>= 10 and <= 14) or 17 or 21)
        {
            stack[..8].CopyTo(output[CaseLayout.Error..]);
            stack = stack[8..];
        }

        for (int i = 0; i < 16; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(output[CaseLayout.General[i]..], _state.General[i]);
        }

        stack[..8].CopyTo(output[CaseLayout.Rip..]);
        stack.Slice(8, 2).CopyTo(output[CaseLayout.Cs..]);
        stack.Slice(16, 8).CopyTo(output[CaseLayout.Flags..]);
        stack.Slice(24, 8).CopyTo(output[CaseLayout.General[4]..]);
        stack.Slice(32, 2).CopyTo(output[CaseLayout.Ss..]);
        BinaryPrimitives.WriteUInt64LittleEndian(output[CaseLayout.Trap..], (ulong)vector);
        BinaryPrimitives.WriteUInt64LittleEndian(output[CaseLayout.FaultAddress..], vector == 14 ? _state.Cr2 : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(output[CaseLayout.FsBase..], _state.Fs.Base);
        BinaryPrimitives.WriteUInt64LittleEndian(output[CaseLayout.GsBase..], _state.Gs.Base);
        BinaryPrimitives.WriteUInt16LittleEndian(output[CaseLayout.Ds..], _state.Ds.Selector);
        BinaryPrimitives.WriteUInt16LittleEndian(output[CaseLayout.Es..], _state.Es.Selector);
        BinaryPrimitives.WriteUInt16LittleEndian(output[CaseLayout.Fs..], _state.Fs.Selector);
        BinaryPrimitives.WriteUInt16LittleEndian(output[CaseLayout.Gs..], _state.Gs.Selector);
        FloatingState.Store(_state, output);
    }
}
