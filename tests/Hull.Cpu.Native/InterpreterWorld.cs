using System.Buffers.Binary;
using Hull.Cpu.Interpreter;
using Hull.Machine;

namespace Hull.Cpu.Native;

/// <summary>The same world as the native child's, for the interpreter: Linux's descriptors, the same pages, a handler per vector.</summary>
internal sealed class InterpreterWorld : IDisposable
{
    private const ulong Kernel = 0xFFFF800000000000;
    private const int Handlers = 0x8000, Stack = 0x9000, Gdt = 0xA000, Idt = 0xB000, Tss = 0xC000, Ldt = 0xF000;
    private const int AliasTables = 0x30000;
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

        // The same code pages once more, to be written: what a case changes of itself.
        Put(0x1000 + ((int)(CaseLayout.CodeAlias >> 39) * 8), AliasTables | 7);
        Put(AliasTables + ((int)(CaseLayout.CodeAlias >> 30 & 511) * 8), (AliasTables + 0x1000) | 7);
        Put(AliasTables + 0x1000 + ((int)(CaseLayout.CodeAlias >> 21 & 511) * 8), (AliasTables + 0x2000) | 7);
        for (int i = 0; i < 4; i++)
        {
            int entry = (int)(CaseLayout.CodeAlias >> 12 & 511) + i;
            Put(AliasTables + 0x2000 + (entry * 8), NoExecute | ((ulong)CodePhysical + ((ulong)i * 0x1000)) | 0x67);
        }

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
        for (int i = 0; i < LocalSegments.Count; i++)
        {
            Put(Ldt + (i * 8), LocalSegments.Descriptor(i));
        }

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
        state.Ldtr = new SegmentState { Selector = 0x50, Base = Kernel + Ldt, Limit = (LocalSegments.Count * 8) - 1, Attributes = 0x82 };
        return state;
    }

    // What the selector's descriptor holds, as the processor unpacks it.
    private SegmentState Segment(int at, ReadOnlySpan<byte> input)
    {
        ushort selector = BinaryPrimitives.ReadUInt16LittleEndian(input[at..]);
        if ((selector & 0xFFFC) == 0)
        {
            return new SegmentState { Selector = selector };
        }

        int table = (selector & 4) != 0 ? Ldt : Gdt;
        ulong descriptor = BinaryPrimitives.ReadUInt64LittleEndian(_memory.Bytes.Span[(table + (selector & 0xFFF8))..]);
        uint limit = (uint)(descriptor & 0xFFFF) | (uint)((descriptor >> 32) & 0xF0000);
        return new SegmentState
        {
            Selector = selector,
            Base = ((descriptor >> 16) & 0xFFFFFF) | ((descriptor >> 56) << 24),
            Limit = (descriptor >> 55 & 1) != 0 ? (limit << 12) | 0xFFF : limit,
            Attributes = (ushort)((descriptor >> 40) & 0xF0FF),
        };
    }

    private void Fill(ReadOnlySpan<byte> input)
    {
        for (int i = 0; i < 16; i++)
        {
            _state.General[i] = BinaryPrimitives.ReadUInt64LittleEndian(input[CaseLayout.General[i]..]);
        }

        _state.Rip = BinaryPrimitives.ReadUInt64LittleEndian(input[CaseLayout.Rip..]);
        _state.Rflags = BinaryPrimitives.ReadUInt64LittleEndian(input[CaseLayout.Flags..]) | 2;
        _state.Cs = Segment(CaseLayout.Cs, input);
        _state.Ss = Segment(CaseLayout.Ss, input);
        _state.Ds = Segment(CaseLayout.Ds, input);
        _state.Es = Segment(CaseLayout.Es, input);
        _state.Fs = Segment(CaseLayout.Fs, input);
        _state.Gs = Segment(CaseLayout.Gs, input);
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
