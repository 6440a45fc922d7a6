using Hull.Machine.Devices.Interrupts;
using Hull.Machine.Devices.Power;
using Hull.Testing;

namespace Hull.Machine.Devices.Tests;

public sealed class AcpiFixedHardwareTests
{
    private readonly ManualClock _clock = new();
    private readonly InterruptRecorder _interrupts = new();
    private readonly AcpiFixedHardware _power;
    private PowerEvent? _happened;

    public AcpiFixedHardwareTests() =>
        _power = new AcpiFixedHardware(_clock, new InterruptLine(_interrupts, 9), what => _happened = what);

    [Fact]
    public void PowerButton_InterruptsUntilItIsCleared()
    {
        _power.PressPowerButton();
        Assert.False(_interrupts.LevelOf(9));
        _power.WritePort(2, 2, 0x120);

        Assert.True(_interrupts.LevelOf(9));
        Assert.Equal(0x100u, _power.ReadPort(0, 2) & 0xFFFF);
        _power.WritePort(0, 2, 0x100);
        Assert.False(_interrupts.LevelOf(9));
        Assert.Equal(0u, _power.ReadPort(0, 2) & 0xFFFF);
        Assert.Equal(0x120u, _power.ReadPort(2, 2) & 0xFFFF);
    }

    [Fact]
    public void Sleep_OfTypeFive_SwitchesOff()
    {
        _power.WritePort(4, 2, 0x2000);
        Assert.Null(_happened);
        _power.WritePort(4, 2, 5 << 10);
        Assert.Null(_happened);
        _power.WritePort(4, 2, 0x2000 | (5 << 10));

        Assert.Equal(PowerEvent.PowerOff, _happened);
        Assert.Equal(1u, _power.ReadPort(4, 2) & 1);
    }

    [Fact]
    public void Timer_RunsAtItsFrequency()
    {
        _clock.Advance(2_000_000_000);

        Assert.Equal(2 * 3_579_545u, _power.ReadPort(8, 4));
    }
}
