using Hull.Machine.Devices.Clock;
using Hull.Machine.Devices.Interrupts;
using Hull.Machine.State;
using Hull.Testing;

namespace Hull.Machine.Devices.Tests;

public sealed class IntervalTimerTests
{
    private const long Millisecond = 1_000_000;
    private readonly ManualClock _clock = new();
    private readonly InterruptRecorder _interrupts = new();
    private readonly IntervalTimer _timer;

    public IntervalTimerTests() => _timer = new IntervalTimer(_clock, new InterruptLine(_interrupts, 0));

    [Theory]
    [InlineData(0x34)]
    [InlineData(0x36)]
    public void RateAndSquareWave_TickAThousandTimesASecond(uint control)
    {
        Program(0, control, 1193);

        _clock.Advance(1000 * Millisecond);

        Assert.InRange(_interrupts.RisingEdges, 999, 1001);
    }

    [Fact]
    public void TerminalCount_TicksOnceAndStaysHigh()
    {
        Program(0, 0x30, 11932);

        _clock.Advance(9 * Millisecond);
        Assert.False(_interrupts.LevelOf(0));
        _clock.Advance(2 * Millisecond);
        Assert.True(_interrupts.LevelOf(0));
        _clock.Advance(1000 * Millisecond);
        Assert.Equal(1, _interrupts.RisingEdges);
    }

    [Fact]
    public void ShortPeriods_AreHeldTo50Kilohertz()
    {
        Program(0, 0x34, 2);

        _clock.Advance(100 * Millisecond);

        Assert.InRange(_interrupts.RisingEdges, 1, 5001);
    }

    [Fact]
    public void Count_RunsDownAndIsLatched()
    {
        Program(0, 0x34, 0x8000);
        _clock.Advance(10 * Millisecond);
        _timer.WritePort(3, 1, 0x00);
        _clock.Advance(5 * Millisecond);

        int latched = Read(0);

        Assert.InRange(latched, 0x8000 - 11933, 0x8000 - 11930);
        Assert.InRange(latched - Read(0), 5960, 5970);
    }

    [Fact]
    public void Decimal_CountsTensAndUnits()
    {
        Program(2, 0xB1, 0x1000);
        _timer.Speaker.WritePort(0, 1, 1);
        _clock.Advance(Millisecond / 2);

        Assert.Equal(0x0404, Read(2));
    }

    [Fact]
    public void ReadBack_GivesStatusThenCount()
    {
        Program(0, 0x34, 0x1234);
        _timer.WritePort(3, 1, 0xC2);

        Assert.Equal(0xB4u, _timer.ReadPort(0, 1) & 0xBF);
        Assert.Equal(0x1234, Read(0));
    }

    // How kernels measure their other clocks: count 2 behind the gate of port 0x61.
    [Fact]
    public void Speaker_GateStartsTheThirdCounter()
    {
        _timer.Speaker.WritePort(0, 1, 0);
        Program(2, 0xB0, 11932);
        _clock.Advance(50 * Millisecond);
        Assert.Equal(0u, _timer.Speaker.ReadPort(0, 1) & 0x20);

        _timer.Speaker.WritePort(0, 1, 1);
        Program(2, 0xB0, 11932);
        _clock.Advance(9 * Millisecond);
        Assert.Equal(0u, _timer.Speaker.ReadPort(0, 1) & 0x20);
        _clock.Advance(2 * Millisecond);
        Assert.Equal(0x20u, _timer.Speaker.ReadPort(0, 1) & 0x20);
    }

    // Data sheet, modes 2 and 3: a new count does not disturb the running period, or half period.
    [Theory]
    [InlineData(0x34, 10)]
    [InlineData(0x36, 5)]
    public void NewCount_WhileCounting_TakesOverWhereThePeriodEnds(uint control, int periodMs)
    {
        Program(0, control, 11932);
        int start = _interrupts.RisingEdges;
        _clock.Advance(Millisecond);
        Write(0, 2386);
        _timer.WritePort(3, 1, 0xE2);
        uint waiting = _timer.ReadPort(0, 1) & 0x40;
        _clock.Advance(((periodMs - 1) * Millisecond) - (Millisecond / 10));
        int before = _interrupts.RisingEdges;

        // Mode 2 ticks at the end of its period; mode 3 after the low half, which has the new count's length.
        _clock.Advance((Millisecond / 5) + (control == 0x36 ? Millisecond : 0));
        int first = _interrupts.RisingEdges;
        _clock.Advance(10 * Millisecond);

        Assert.Equal(0x40u, waiting);
        Assert.Equal(start, before);
        Assert.Equal(start + 1, first);
        Assert.Equal(start + 6, _interrupts.RisingEdges);
        _timer.WritePort(3, 1, 0xE2);
        Assert.Equal(0u, _timer.ReadPort(0, 1) & 0x40);
    }

    [Fact]
    public void NewCount_BeforeTheGateRises_CountsFromThere()
    {
        _timer.Speaker.WritePort(0, 1, 1);
        Program(2, 0xB4, 11932);
        _clock.Advance(Millisecond);
        Write(2, 0x1000);
        _timer.Speaker.WritePort(0, 1, 0);
        _timer.Speaker.WritePort(0, 1, 1);

        Assert.Equal(0x1000, Read(2));
    }

    [Fact]
    public void Load_GoesOnTicking()
    {
        Program(0, 0x34, 11932);
        StateWriter writer = new();
        _timer.Save(writer);
        InterruptRecorder interrupts = new();
        IntervalTimer other = new(_clock, new InterruptLine(interrupts, 0));

        other.Load(new StateReader("pit", writer.Written.ToArray()));
        _clock.Advance(105 * Millisecond);

        Assert.Equal(10, interrupts.RisingEdges);
    }

    private void Program(int counter, uint control, int count)
    {
        _timer.WritePort(3, 1, control);
        Write(counter, count);
    }

    private void Write(int counter, int count)
    {
        _timer.WritePort(counter, 1, (uint)count & 0xFF);
        _timer.WritePort(counter, 1, (uint)count >> 8);
    }

    private int Read(int counter) => (int)(_timer.ReadPort(counter, 1) | (_timer.ReadPort(counter, 1) << 8));
}
