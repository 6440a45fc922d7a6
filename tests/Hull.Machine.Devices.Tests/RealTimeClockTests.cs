using Hull.Machine.Devices.Interrupts;
using Hull.Machine.Devices.Legacy;
using Hull.Testing;

namespace Hull.Machine.Devices.Tests;

public sealed class RealTimeClockTests
{
    private const long Second = 1_000_000_000;
    private readonly ManualClock _clock = new();
    private readonly InterruptRecorder _interrupts = new();
    private readonly RealTimeClock _rtc;

    public RealTimeClockTests() => _rtc = new RealTimeClock(_clock, new InterruptLine(_interrupts, 8));

    [Fact]
    public void Read_ShowsTheWallClockInDecimalDigits()
    {
        Assert.Equal([0x20u, 0x26u, 0x02u, 0x03u, 0x04u, 0x05u, 0x06u], Read(0x32, 9, 8, 7, 4, 2, 0));
    }

    [Fact]
    public void Set_ShiftsThisClockOnly()
    {
        Write(0xB, 0x86);
        Write(9, 30);
        Write(8, 12);
        Write(7, 31);
        Write(4, 23);
        Write(2, 59);
        Write(0, 59);
        Write(0xB, 0x06);

        _clock.Advance(Second);

        Assert.Equal([31u, 1u, 1u, 0u, 0u, 0u], Read(9, 8, 7, 4, 2, 0));
    }

    [Fact]
    public void UpdateEnded_InterruptsEverySecond()
    {
        Write(0xB, 0x12);
        _clock.Advance(Second);

        Assert.True(_interrupts.LevelOf(8));
        Assert.Equal(0x90u, Read(0xC)[0]);
        Assert.False(_interrupts.LevelOf(8));

        _clock.Advance(Second);
        Assert.True(_interrupts.LevelOf(8));
    }

    [Fact]
    public void Periodic_InterruptsAtItsRate()
    {
        Write(0xA, 0x26);
        Write(0xB, 0x42);
        for (int i = 0; i < 4; i++)
        {
            _clock.Advance(976_563);
            Assert.Equal(0xC0u, Read(0xC)[0]);
        }
    }

    private uint[] Read(params int[] registers) => [.. registers.Select(register =>
    {
        _rtc.WritePort(0, 1, (uint)register);
        return _rtc.ReadPort(1, 1);
    })];

    private void Write(int register, uint value)
    {
        _rtc.WritePort(0, 1, (uint)register);
        _rtc.WritePort(1, 1, value);
    }
}
