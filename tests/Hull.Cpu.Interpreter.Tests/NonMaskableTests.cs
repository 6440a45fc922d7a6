using Hull.Machine;

namespace Hull.Cpu.Interpreter.Tests;

public sealed class NonMaskableTests : IDisposable
{
    private const ulong Gdt = 0x7000;
    private const ulong Idt = 0x8000;
    private const ulong Handler = 0x12000;
    private readonly LongModeRig _rig = new();

    public void Dispose() => _rig.Dispose();

    // Of those that come between two instructions one is served and one waits, as behind a handler that runs.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(5, 2)]
    public void Signal_BetweenTwoInstructions_ServesTwoAtMost(int signals, ulong served)
    {
        WriteTables();
        _rig.Memory.TryWrite(new GuestAddress(Handler), Assembler.Assemble(64, Handler, "inc rbx\niretq"));
        _rig.State.General[3] = 0;
        for (int i = 0; i < signals; i++)
        {
            _rig.Processor.Signal(ProcessorSignals.Nmi);
        }

        ProcessorStop stop = _rig.Run(Assembler.Assemble(64, LongModeRig.Code, "nop\nnop\nhlt"));

        // What was signalled before a state is loaded still counts.
        Assert.Equal(ProcessorStop.Halted, stop);
        Assert.Equal(served, _rig.State.General[3]);
    }

    [Fact]
    public void Save_WithTwoWaiting_KeepsBoth()
    {
        _rig.Processor.Signal(ProcessorSignals.Nmi);
        _rig.Processor.Signal(ProcessorSignals.Nmi);

        ProcessorState state = default;
        _rig.Processor.Save(ref state);

        Assert.Equal(ProcessorSignals.Nmi | ProcessorSignals.SecondNmi, state.Pending);
    }

    private void WriteTables()
    {
        _rig.Write64(Gdt + 8, 0x00AF_9B00_0000_FFFF);
        _rig.Write64(Gdt + 16, 0x00CF_9300_0000_FFFF);
        _rig.Write64(Idt + 32, (Handler & 0xFFFF) | (8ul << 16) | (0x8Eul << 40) | (Handler >> 16 << 48));
        _rig.State.Gdtr = new TableState { Base = Gdt, Limit = 23 };
        _rig.State.Idtr = new TableState { Base = Idt, Limit = 47 };
        _rig.State.General[4] = 0x30000;
    }
}
