using System.Buffers.Binary;
using Hull.Cpu.Interpreter;
using Hull.Machine;

namespace Hull.Cpu.Native;

/// <summary>A processor in any mode, with any tables and any code, as a hostile guest would set it up: whatever it does, the host goes on.</summary>
/// <remarks>Not thread-safe. A run ends by itself: the processor is asked to stop every few milliseconds.</remarks>
public sealed class RandomMachine : IDisposable
{
    private const int MemoryBytes = 0x40000;
    private const int Tables = 0x1000, TablePages = 12, Gdt = 0x10000, Ldt = 0x10800, Idt = 0x11000, Tss = 0x12000, Code = 0x14000, CodeBytes = 0x8000;
    private const int SliceMs = 2;
    private const int MostSlices = 4;

    private readonly RigMemory _memory = new(MemoryBytes);
    private readonly InterpretingProcessor _processor;
    private readonly InterpretingProcessor _second;
    private readonly Timer _watch;
    private volatile InterpretingProcessor? _running;
    private RigRandom _random = new(0);

    /// <summary>Makes one; it runs many inputs.</summary>
    public RandomMachine()
    {
        _processor = new InterpretingProcessor(_memory);
        _second = new InterpretingProcessor(_memory);
        _watch = new Timer(_ => _running?.RequestStop(), null, SliceMs, SliceMs);
    }

    /// <summary>How often a processor shut itself down by a triple fault.</summary>
    public long Shutdowns { get; private set; }

    /// <summary>How often one halted.</summary>
    public long Halts { get; private set; }

    /// <summary>How often one was still running when it was asked to stop.</summary>
    public long Stopped { get; private set; }

    /// <summary>Runs one input: four bytes draw state and tables, the rest is laid into the code.</summary>
    /// <param name="input">Any bytes.</param>
    /// <exception cref="InvalidOperationException">What the processor says of itself cannot be.</exception>
    public void Run(ReadOnlySpan<byte> input)
    {
        Span<byte> seed = stackalloc byte[4];
        input[..Math.Min(4, input.Length)].CopyTo(seed);
        _random = new RigRandom(BinaryPrimitives.ReadInt32LittleEndian(seed));
        ProcessorState state = new RandomState(_random).Draw(Tables, Gdt, Ldt, Idt, Tss, Code);
        Fill(state, input.Length > 4 ? input[4..] : []);
        _memory.CodePages.Written(new GuestAddress(0), MemoryBytes);
        RandomBoard board = new(_random);
        InterpretingProcessor processor = _processor;
        processor.ForgetPages();
        processor.Load(state);
        for (int slice = 0; slice < MostSlices; slice++)
        {
            Interrupt(processor);
            _running = processor;
            ProcessorStop stop = processor.Run(board);
            _running = null;
            processor.Save(ref state);
            Check(state, stop);
            Count(stop);
            if (stop == ProcessorStop.Shutdown)
            {
                return;
            }

            if (_random.OneIn(4))
            {
                // As if it moved: the other one goes on with what this one says.
                processor = ReferenceEquals(processor, _processor) ? _second : _processor;
                processor.ForgetPages();
                processor.Load(state);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _watch.Dispose();
        _processor.Dispose();
        _second.Dispose();
    }

    private void Count(ProcessorStop stop)
    {
        Shutdowns += stop == ProcessorStop.Shutdown ? 1 : 0;
        Halts += stop == ProcessorStop.Halted ? 1 : 0;
        Stopped += stop == ProcessorStop.Requested ? 1 : 0;
    }

    private void Interrupt(InterpretingProcessor processor)
    {
        ProcessorSignals signals = (_random.OneIn(2) ? ProcessorSignals.Interrupt : 0) | (_random.OneIn(6) ? ProcessorSignals.Nmi : 0)
            | (_random.OneIn(30) ? ProcessorSignals.Init : 0);
        processor.Signal(signals);
        if (_random.OneIn(20))
        {
            processor.SignalStartup((byte)_random.Next(0x40));
        }
    }

    private void Fill(in ProcessorState state, ReadOnlySpan<byte> code)
    {
        Span<byte> memory = _memory.Bytes.Span;
        for (int at = 0; at < MemoryBytes; at += 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(memory[at..], _random.Bits());
        }

        bool is32 = (state.Cr4 & 0x20) == 0;
        for (int page = 0; page < TablePages; page++)
        {
            FillTable(memory.Slice(Tables + (page * 0x1000), 0x1000), is32);
        }

        for (int at = Gdt; at < Idt; at += 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(memory[at..], Descriptor());
        }

        FillGates(memory.Slice(Idt, 0x1000), (state.Efer & 0x400) != 0);
        new RandomCode(_random).Fill(memory.Slice(Code, CodeBytes));
        code[..Math.Min(code.Length, CodeBytes / 2)].CopyTo(memory[(Code + _random.Next(0x100))..]);
    }

    // Most entries lead into memory, so that walks come to an end that counts.
    private void FillTable(Span<byte> table, bool is32)
    {
        int size = is32 ? 4 : 8;
        for (int at = 0; at < table.Length; at += size)
        {
            ulong page = _random.OneIn(3) ? (uint)(Tables + (_random.Next(TablePages) * 0x1000)) : (uint)_random.Next(MemoryBytes >> 12) << 12;
            ulong bits = (uint)_random.Next(0x1000) | (_random.OneIn(8) ? 0 : 7ul);
            bits &= _random.OneIn(4) ? ulong.MaxValue : ~0x80ul;
            ulong entry = page | bits | (_random.OneIn(12) ? _random.Bits() << 32 : 0) | (_random.OneIn(12) ? 1ul << 63 : 0);
            if (is32)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(table[at..], (uint)entry);
            }
            else
            {
                BinaryPrimitives.WriteUInt64LittleEndian(table[at..], entry);
            }
        }
    }

    // Flat, small or anywhere; every type; call gates and tasks among them.
    private ulong Descriptor()
    {
        ulong anything = _random.Bits();
        int kind = _random.Next(4);
        if (kind == 0)
        {
            return anything;
        }

        ulong type = kind == 1 ? 0x9Bu : kind == 2 ? 0x93u : 0x80u | (uint)_random.Next(32);
        type |= _random.OneIn(2) ? 0 : 0x60ul;
        ulong size = (ulong)"\x0C\x0A\x00\x04\x08\x0F"[_random.Next(6)] << 52;
        ulong limit = _random.OneIn(3) ? (ulong)_random.Next(0x10000) : 0x000F00000000FFFF;
        ulong start = _random.OneIn(3) ? (ulong)_random.Next(MemoryBytes) << 16 : 0;
        return limit | start | (type << 40) | size;
    }

    private void FillGates(Span<byte> table, bool isLong)
    {
        int size = isLong ? 16 : 8;
        for (int at = 0; at < table.Length; at += size)
        {
            ulong target = (ulong)(Code + _random.Next(CodeBytes));
            ulong type = _random.OneIn(8) ? (ulong)_random.Next(256) : 0x8Eu | (uint)_random.Next(2) | (_random.OneIn(2) ? 0x60u : 0);
            ulong selector = (ulong)_random.Next(0x100) & ~7ul;
            ulong gate = (target & 0xFFFF) | (selector << 16) | ((ulong)_random.Next(8) << 32) | (type << 40) | (target >> 16 << 48);
            BinaryPrimitives.WriteUInt64LittleEndian(table[at..], gate);
            if (isLong)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(table[(at + 8)..], _random.OneIn(20) ? _random.Bits() : 0);
            }
        }
    }

    // What no sequence of instructions may bring about.
    private static void Check(in ProcessorState state, ProcessorStop stop)
    {
        const ulong Paging = 1ul << 31, Protection = 1, Active = 0x400, Enabled = 0x100, Virtual = 0x20000, Extended = 0x20;
        bool isLong = (state.Efer & Active) != 0;
        bool paging = (state.Cr0 & Paging) != 0;
        bool wide = isLong && (state.Cs.Attributes & 0x2000) != 0;
        string? wrong = (state.Rflags & 2) == 0 ? "RFLAGS lacks bit 1"
            : paging && (state.Cr0 & Protection) == 0 ? "paging without protection"
            : isLong != (paging && (state.Efer & Enabled) != 0) ? "long mode is neither on nor off"
            : isLong && (state.Cr4 & Extended) == 0 ? "long mode without PAE"
            : isLong && (state.Rflags & Virtual) != 0 ? "virtual-8086 mode in long mode"
            : !wide && state.Rip > uint.MaxValue ? "RIP is too long"
            : (state.Xcr0 & ~7ul) != 0 || (state.Xcr0 & 1) == 0 ? "XCR0"
            : state.Mxcsr > ushort.MaxValue ? "MXCSR"
            : stop == ProcessorStop.Failed ? "the interpreter says that it failed"
            : null;
        if (wrong != null)
        {
            throw new InvalidOperationException($"The processor's state cannot be: {wrong} (RIP {state.Rip:x}, CR0 {state.Cr0:x}, CR4 {state.Cr4:x}, EFER {state.Efer:x}, RFLAGS {state.Rflags:x}).");
        }
    }
}
