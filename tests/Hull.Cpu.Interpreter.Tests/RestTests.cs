using Hull.Machine;

namespace Hull.Cpu.Interpreter.Tests;

/// <summary>A processor that rests drops decoded code and runs it again afterwards.</summary>
public sealed class RestTests
{
    private const int Additions = 25_000;

    [Fact]
    public void Rest_BetweenTwoRuns_ChangesNothing()
    {
        using LongModeRig rig = new();
        byte[] code = new byte[(Additions * 3) + 1];
        for (int i = 0; i < Additions; i++)
        {
            code[i * 3] = 0x83; // add eax, 3
            code[(i * 3) + 1] = 0xC0;
            code[(i * 3) + 2] = 3;
        }

        code[^1] = 0xF4; // hlt

        ProcessorStop first = rig.Run(code);
        rig.Processor.Rest();
        rig.State.Rip = LongModeRig.Code;
        rig.State.Activity = ActivityState.Active;
        ProcessorStop second = rig.Run(code);

        Assert.Equal((ProcessorStop.Halted, ProcessorStop.Halted, 6ul * Additions), (first, second, rig.State.General[0]));
    }
}
