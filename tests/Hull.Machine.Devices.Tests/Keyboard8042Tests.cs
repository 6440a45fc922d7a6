using Hull.Machine.Devices.Interrupts;
using Hull.Machine.Devices.Legacy;
using Hull.Machine.Devices.Power;
using Hull.Machine.State;
using Hull.Testing;

namespace Hull.Machine.Devices.Tests;

public sealed class Keyboard8042Tests
{
    private readonly InterruptRecorder _interrupts = new();
    private readonly Keyboard8042 _keyboard;
    private PowerEvent? _happened;

    public Keyboard8042Tests() => _keyboard = new Keyboard8042(new InterruptLine(_interrupts, 1), what => _happened = what);

    [Theory]
    [InlineData(0xAA, 0x55)]
    [InlineData(0xAB, 0x00)]
    [InlineData(0x20, 0x64)]
    [InlineData(0xD0, 0x03)]
    public void Command_OfTheController_IsAnswered(uint command, uint answer)
    {
        _keyboard.Commands.WritePort(0, 1, command);

        Assert.Equal(1u, _keyboard.Commands.ReadPort(0, 1) & 1);
        Assert.Equal(answer, _keyboard.Data.ReadPort(0, 1));
        Assert.Equal(0u, _keyboard.Commands.ReadPort(0, 1) & 1);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF }, new byte[] { 0xFA, 0xAA })]
    [InlineData(new byte[] { 0xF2 }, new byte[] { 0xFA, 0xAB, 0x41 })]
    [InlineData(new byte[] { 0xED, 7 }, new byte[] { 0xFA, 0xFA })]
    [InlineData(new byte[] { 0xF0, 3, 0xF0, 0 }, new byte[] { 0xFA, 0xFA, 0xFA, 0xFA, 3 })]
    [InlineData(new byte[] { 0x12 }, new byte[] { 0xFE })]
    public void Command_OfTheKeyboard_IsAnswered(byte[] sent, byte[] answers)
    {
        foreach (byte value in sent)
        {
            _keyboard.Data.WritePort(0, 1, value);
        }

        Assert.Equal(answers, answers.Select(_ => (byte)_keyboard.Data.ReadPort(0, 1)).ToArray());
        Assert.Equal(0u, _keyboard.Commands.ReadPort(0, 1) & 1);
    }

    [Fact]
    public void Interrupts_AreOneEdgeForEachByte()
    {
        Write(0x60, 0x65);
        _keyboard.Data.WritePort(0, 1, 0xFF);

        Assert.Equal(1, _interrupts.RisingEdges);
        _keyboard.Data.ReadPort(0, 1);
        Assert.Equal(2, _interrupts.RisingEdges);
        _keyboard.Data.ReadPort(0, 1);
        Assert.False(_interrupts.LevelOf(1));
    }

    [Theory]
    [InlineData(0xFEu, null)]
    [InlineData(0xD1u, 0x02u)]
    public void ResetLine_ResetsTheMachine(uint command, uint? operand)
    {
        _keyboard.Commands.WritePort(0, 1, command);
        if (operand is { } value)
        {
            _keyboard.Data.WritePort(0, 1, value);
        }

        Assert.Equal(PowerEvent.Reset, _happened);
    }

    [Fact]
    public void Commands_WithoutEnd_ArePolitelyDropped()
    {
        for (int i = 0; i < 1000; i++)
        {
            _keyboard.Data.WritePort(0, 1, 0xFF);
        }

        int answers = 0;
        for (; (_keyboard.Commands.ReadPort(0, 1) & 1) != 0; answers++)
        {
            _keyboard.Data.ReadPort(0, 1);
        }

        Assert.Equal(16, answers);
    }

    [Fact]
    public void Load_KeepsWhatWaits()
    {
        Write(0x60, 0x65);
        _keyboard.Data.WritePort(0, 1, 0xF2);
        StateWriter writer = new();
        _keyboard.Save(writer);
        InterruptRecorder interrupts = new();
        Keyboard8042 other = new(new InterruptLine(interrupts, 1), _ => { });

        other.Load(new StateReader("keyboard", writer.Written.ToArray()));

        Assert.True(interrupts.LevelOf(1));
        Assert.Equal([0xFAu, 0xABu, 0x41u], Enumerable.Range(0, 3).Select(_ => other.Data.ReadPort(0, 1)).ToArray());
    }

    private void Write(uint command, uint value)
    {
        _keyboard.Commands.WritePort(0, 1, command);
        _keyboard.Data.WritePort(0, 1, value);
    }
}
