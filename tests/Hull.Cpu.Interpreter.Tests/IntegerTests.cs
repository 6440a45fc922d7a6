using Hull.Machine;

namespace Hull.Cpu.Interpreter.Tests;

public sealed class IntegerTests
{
    [Fact]
    public void Loop_ThatSumsNumbers_GivesTheSum()
    {
        using LongModeRig rig = new();

        // xor eax,eax; mov ecx,1000; L: add rax,rcx; dec ecx; jnz L; hlt
        ProcessorStop stop = rig.Run([0x31, 0xC0, 0xB9, 0xE8, 0x03, 0, 0, 0x48, 0x01, 0xC8, 0xFF, 0xC9, 0x75, 0xF9, 0xF4]);

        Assert.Equal(ProcessorStop.Halted, stop);
        Assert.Equal(500500ul, rig.State.General[0]);
        Assert.Equal(0ul, rig.State.General[1]);
    }

    [Fact]
    public void CallAndReturn_ThroughMemory_KeepsTheStack()
    {
        using LongModeRig rig = new();
        rig.State.General[4] = 0x90000;

        // call +1; hlt; mov eax,7; push rax; pop rbx; ret
        ProcessorStop stop = rig.Run([0xE8, 1, 0, 0, 0, 0xF4, 0xB8, 7, 0, 0, 0, 0x50, 0x5B, 0xC3]);

        Assert.Equal(ProcessorStop.Halted, stop);
        Assert.Equal(7ul, rig.State.General[3]);
        Assert.Equal(0x90000ul, rig.State.General[4]);
        Assert.Equal(0x10005ul, rig.Read64(0x8FFF8));
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0x80)]
    [InlineData(0xC0)]
    public void MoveFromControlRegister_InAnyForm_IsThreeBytesLong(byte form)
    {
        using LongModeRig rig = new();

        // mov rax, cr0; hlt
        ProcessorStop stop = rig.Run([0x0F, 0x20, form, 0xF4, 0x0F, 0x0B, 0x0F, 0x0B]);

        Assert.Equal(ProcessorStop.Halted, stop);
        Assert.Equal(rig.State.Cr0, rig.State.General[0]);
    }

    [Fact]
    public void Code_ThatChangesItself_RunsTheNewBytes()
    {
        using LongModeRig rig = new();

        // mov byte [rip+0], 0x22 -> changes the immediate of the following mov eax, 0x11
        ProcessorStop stop = rig.Run([0xC6, 0x05, 1, 0, 0, 0, 0x22, 0xB8, 0x11, 0, 0, 0, 0xF4]);

        Assert.Equal(ProcessorStop.Halted, stop);
        Assert.Equal(0x22ul, rig.State.General[0]);
    }

    [Fact]
    public void Fault_WithoutInterruptTable_ShutsDown()
    {
        using LongModeRig rig = new();

        Assert.Equal(ProcessorStop.Shutdown, rig.Run([0x0F, 0x0B]));
    }

    [Fact]
    public void ExchangeAdd_OnMemory_ReturnsTheOldValue()
    {
        using LongModeRig rig = new();
        rig.Write64(0x20000, 40);
        rig.State.General[0] = 2;
        rig.State.General[3] = 0x20000;

        // lock xadd [rbx], rax; hlt
        rig.Run([0xF0, 0x48, 0x0F, 0xC1, 0x03, 0xF4]);

        Assert.Equal(40ul, rig.State.General[0]);
        Assert.Equal(42ul, rig.Read64(0x20000));
    }
}
