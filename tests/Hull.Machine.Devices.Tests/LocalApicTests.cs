using Hull.Machine.Devices.Clock;
using Hull.Machine.Devices.Interrupts;
using Hull.Testing;

namespace Hull.Machine.Devices.Tests;

public sealed class LocalApicTests
{
    private const ulong TaskPriority = 0x80;
    private const ulong EndOfInterrupt = 0xB0;
    private const ulong Spurious = 0xF0;
    private const ulong TimerEntry = 0x320;
    private const ulong InitialCount = 0x380;
    private const ulong CurrentCount = 0x390;
    private const ulong Divide = 0x3E0;
    private const uint DeadlineMode = 2 << 17;
    private const uint PeriodicMode = 1 << 17;

    private readonly ManualClock _clock = new();
    private readonly ApicBus _bus = new();
    private readonly Pins _firstPins = new();
    private readonly Pins _secondPins = new();
    private readonly LocalApic _first;
    private readonly LocalApic _second;

    public LocalApicTests()
    {
        GuestTsc tsc = new(_clock, 2_000_000);
        _first = new LocalApic(0, _bus, _firstPins, _clock, tsc);
        _second = new LocalApic(1, _bus, _secondPins, _clock, tsc);
        _first.WriteRegister(Spurious, 0x1FF);
        _second.WriteRegister(Spurious, 0x1FF);
    }

    [Fact]
    public void Reset_BootProcessorIsMarkedAndSwitchedOn()
    {
        Assert.Equal(0xFEE0_0900ul, _first.BaseMsr);
        Assert.Equal(0xFEE0_0800ul, _second.BaseMsr);
    }

    [Fact]
    public void Accept_TwoVectors_DeliversTheHigherFirstAndTheOtherAfterItsEnd()
    {
        _first.Accept(DeliveryMode.Fixed, 0x31, false);
        _first.Accept(DeliveryMode.Fixed, 0x52, false);

        Assert.True(_first.TryTakeInterrupt(out byte vector));
        Assert.Equal(0x52, vector);
        Assert.False(_first.HasInterrupt);
        _first.WriteRegister(EndOfInterrupt, 0);
        Assert.True(_first.TryTakeInterrupt(out vector));
        Assert.Equal(0x31, vector);
    }

    [Fact]
    public void TaskPriority_HoldsBackUntilLowered()
    {
        _first.WriteRegister(TaskPriority, 0x50);
        _first.Accept(DeliveryMode.Fixed, 0x5F, false);
        Assert.False(_first.HasInterrupt);
        int before = _firstPins.Pending;

        _first.TaskPriorityClass = 4;

        Assert.True(_first.HasInterrupt);
        Assert.Equal(before + 1, _firstPins.Pending);
    }

    [Fact]
    public void OneShotTimer_FiresOnceAndCountsDown()
    {
        _first.WriteRegister(Divide, 0xB);
        _first.WriteRegister(TimerEntry, 0x40);
        _first.WriteRegister(InitialCount, 1000);

        _clock.Advance(400);
        Assert.Equal(600u, _first.ReadRegister(CurrentCount));
        _clock.Advance(700);

        Assert.True(_first.TryTakeInterrupt(out byte vector));
        Assert.Equal(0x40, vector);
        Assert.Equal(0u, _first.ReadRegister(CurrentCount));
        Assert.Equal(long.MaxValue, _clock.NextDeadline);
    }

    [Fact]
    public void PeriodicTimer_FiresAgainAndAgain()
    {
        _first.WriteRegister(TimerEntry, PeriodicMode | 0x40);
        _first.WriteRegister(Divide, 0);
        _first.WriteRegister(InitialCount, 50_000);
        for (int i = 0; i < 3; i++)
        {
            _clock.Advance(100_000);
            Assert.True(_first.TryTakeInterrupt(out _));
            _first.WriteRegister(EndOfInterrupt, 0);
        }
    }

    [Fact]
    public void DeadlineTimer_FiresWhenTheCounterGetsThere()
    {
        _first.WriteRegister(TimerEntry, DeadlineMode | 0x41);
        _first.TscDeadline = 4000;

        _clock.Advance(1999);
        Assert.False(_first.HasInterrupt);
        _clock.Advance(1);

        Assert.True(_first.HasInterrupt);
        Assert.Equal(0ul, _first.TscDeadline);
    }

    [Fact]
    public void DeadlineTimer_SetToThePast_FiresAtOnce()
    {
        _first.WriteRegister(TimerEntry, DeadlineMode | 0x41);
        _clock.Advance(1000);

        _first.TscDeadline = 2000;

        Assert.True(_first.HasInterrupt);
        Assert.Equal(0ul, _first.TscDeadline);
        Assert.Equal(long.MaxValue, _clock.NextDeadline);
    }

    [Fact]
    public void Timer_BetweenOneShotAndPeriodic_GoesOnCounting()
    {
        _first.WriteRegister(Divide, 0xB);
        _first.WriteRegister(TimerEntry, 0x40);
        _first.WriteRegister(InitialCount, 100_000);
        _clock.Advance(40_000);

        _first.WriteRegister(TimerEntry, PeriodicMode | 0x40);
        Assert.Equal(60_000u, _first.ReadRegister(CurrentCount));
        _clock.Advance(90_000);
        Assert.Equal(70_000u, _first.ReadRegister(CurrentCount));
        _first.WriteRegister(TimerEntry, 0x40);
        Assert.Equal(70_000u, _first.ReadRegister(CurrentCount));
        _clock.Advance(80_000);
        Assert.Equal(0u, _first.ReadRegister(CurrentCount));
        _first.WriteRegister(TimerEntry, PeriodicMode | 0x40);
        _clock.Advance(50_000);

        Assert.Equal(0u, _first.ReadRegister(CurrentCount));
        Assert.Equal(100_000u, _first.ReadRegister(InitialCount));
        Assert.Equal(long.MaxValue, _clock.NextDeadline);
    }

    [Fact]
    public void SwitchedOff_ItIsNeitherPresentNorMapped()
    {
        Assert.True(_first.IsPresent && _first.IsMapped);
        Assert.True(_first.TryWriteBase(0xFEE0_0C00));
        Assert.True(_first.IsPresent && !_first.IsMapped);
        Assert.True(_first.TryWriteBase(0xFEE0_0000));

        Assert.False(_first.IsPresent || _first.IsMapped);
    }

    [Fact]
    public void Command_InitAndStartUp_ReachTheOtherProcessorOnly()
    {
        Command(1, 0x4500);
        Command(1, 0x4699);

        Assert.Equal(1, _secondPins.Inits);
        Assert.Equal(0x99, _secondPins.StartedAt);
        Assert.Equal(0, _firstPins.Inits);
    }

    [Fact]
    public void Command_InX2Mode_ReachesByIdAndByShorthand()
    {
        EnableX2(_first);
        EnableX2(_second);

        Assert.True(_first.TryWriteMsr(0x830, (1ul << 32) | 0x61));
        Assert.True(_second.TryTakeInterrupt(out byte vector));
        Assert.Equal(0x61, vector);

        Assert.True(_first.TryWriteMsr(0x830, 0xC0072));
        Assert.False(_first.HasInterrupt);
        Assert.True(_second.HasInterrupt);

        Assert.True(_first.TryWriteMsr(0x830, (2ul << 32) | 0x863));
        Assert.Equal(0x4_0008u, _second.ReadRegister(0x230));
    }

    [Fact]
    public void TryWriteBase_FromX2BackToXapic_IsRefused()
    {
        EnableX2(_first);

        Assert.False(_first.TryWriteBase(0xFEE0_0800));
        Assert.True(_first.TryWriteBase(0xFEE0_0000));
    }

    [Fact]
    public void IoApic_LevelInput_WaitsForTheEndOfInterrupt()
    {
        IoApic io = new(_bus);
        Redirect(io, 10, 0x8071);

        io.SetLine(10, true);
        Assert.True(_first.TryTakeInterrupt(out byte vector));
        Assert.Equal(0x71, vector);
        io.SetLine(10, true);
        Assert.False(_first.HasInterrupt);
        _first.WriteRegister(EndOfInterrupt, 0);
        Assert.True(_first.TryTakeInterrupt(out _));

        io.SetLine(10, false);
        _first.WriteRegister(EndOfInterrupt, 0);
        Assert.False(_first.HasInterrupt);
    }

    [Fact]
    public void IoApic_EdgeInput_CountsRisesOnly()
    {
        IoApic io = new(_bus);
        Redirect(io, 4, 0x0072);

        io.SetLine(4, true);
        Assert.True(_first.TryTakeInterrupt(out _));
        _first.WriteRegister(EndOfInterrupt, 0);
        io.SetLine(4, true);

        Assert.False(_first.HasInterrupt);
    }

    private static void EnableX2(LocalApic apic) => Assert.True(apic.TryWriteBase(0xFEE0_0C00));

    private static void Redirect(IoApic io, int input, uint low)
    {
        io.WriteMmio(0, 4, (ulong)(0x11 + (2 * input)));
        io.WriteMmio(0x10, 4, 0);
        io.WriteMmio(0, 4, (ulong)(0x10 + (2 * input)));
        io.WriteMmio(0x10, 4, low);
    }

    private void Command(uint destination, uint low)
    {
        _first.WriteRegister(0x310, destination << 24);
        _first.WriteRegister(0x300, low);
    }

    private sealed class Pins : IProcessorPins
    {
        public int Pending { get; private set; }

        public int Inits { get; private set; }

        public int StartedAt { get; private set; } = -1;

        public void InterruptPending() => Pending++;

        public void Nmi()
        {
        }

        public void Init() => Inits++;

        public void StartUp(byte vector) => StartedAt = vector;
    }
}
