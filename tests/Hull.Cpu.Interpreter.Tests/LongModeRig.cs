using System.Buffers.Binary;
using Hull.Machine;

namespace Hull.Cpu.Interpreter.Tests;

/// <summary>A processor in 64-bit mode with the low 16 GiB mapped one to one; code runs until HLT or a fault.</summary>
internal sealed class LongModeRig : IDisposable
{
    internal const ulong Code = 0x10000;
    private const ulong Tables = 0x1000;

    internal LongModeRig(int cpl = 0)
    {
        Memory = new SparseMemory(1ul << 34);
        Processor = new InterpretingProcessor(Memory);
        Write64(Tables, (Tables + 0x1000) | 7);
        for (ulong i = 0; i < 16; i++)
        {
            Write64(Tables + 0x1000 + (i * 8), (i << 30) | 0x87);
        }

        State = ProcessorState.Reset();
        State.Cr0 = 0x80000033 | (1u << 16);
        State.Cr4 = 0x20 | 0x600 | 0x10000;
        State.Efer = 0x500 | 1;
        State.Cr3 = Tables;
        State.Mxcsr = 0x1F80;
        State.FpuControl = 0x37F;
        State.Cs = new SegmentState { Selector = (ushort)(8 | cpl), Limit = uint.MaxValue, Attributes = (ushort)(0xA09B | (cpl << 5)) };
        State.Ss = new SegmentState { Selector = (ushort)(16 | cpl), Limit = uint.MaxValue, Attributes = (ushort)(0xC093 | (cpl << 5)) };
        State.Ds = State.Ss;
        State.Es = State.Ss;
        State.Fs = State.Ss;
        State.Gs = State.Ss;
        State.Idtr = default;
        State.Rip = Code;
        State.Rflags = 0x202;
        State.General[2] = 0;
    }

    internal SparseMemory Memory { get; }

    internal InterpretingProcessor Processor { get; }

    internal ProcessorState State;

    internal ProcessorStop Run(ReadOnlySpan<byte> code, IGuestIo? io = null)
    {
        Memory.TryWrite(new GuestAddress(State.Rip), code);
        Processor.Load(State);
        using Timer timer = new(_ => Processor.RequestStop(), null, 5000, Timeout.Infinite);
        ProcessorStop stop = Processor.Run(io ?? SilentBoard.Instance);
        Processor.Save(ref State);
        return stop;
    }

    internal void Write64(ulong address, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Memory.TryWrite(new GuestAddress(address), bytes);
    }

    internal ulong Read64(ulong address)
    {
        Span<byte> bytes = stackalloc byte[8];
        Memory.TryRead(new GuestAddress(address), bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    public void Dispose()
    {
        Processor.Dispose();
        Memory.Dispose();
    }
}
