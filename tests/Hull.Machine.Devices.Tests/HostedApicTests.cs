using Hull.Machine.Devices.Clock;
using Hull.Machine.Devices.Interrupts;
using Hull.Testing;

namespace Hull.Machine.Devices.Tests;

/// <summary>Interrupt chips whose local APICs a kernel has for a while; the kernel is a recorder.</summary>
public sealed class HostedApicTests
{
    private const ulong Level = 1 << 15;
    private const ulong Masked = 1 << 16;

    private readonly ManualClock _clock = new();
    private readonly ApicBus _bus = new();
    private readonly Kernel _kernel = new();
    private readonly LocalApic _apic;
    private readonly IoApic _io;

    public HostedApicTests()
    {
        _apic = new LocalApic(0, _bus, new NoPins(), _clock, new GuestTsc(_clock, 1_000_000));
        _io = new IoApic(_bus);
        _apic.WriteRegister(0xF0, 0x1FF);
    }

    [Theory]
    [InlineData(0x0000_0000_0000_0041ul, 0xFEE0_0000u, 0x4041u)]
    [InlineData(0x0300_0000_0000_8041ul, 0xFEE0_3000u, 0xC041u)]
    [InlineData(0x0300_0000_0000_0941ul, 0xFEE0_3004u, 0x4141u)]
    [InlineData(0xFF00_0000_0000_8400ul, 0xFEEF_F000u, 0x4400u)]
    [InlineData(0x0000_0000_0001_8041ul, 0xFEE0_0000u, 0xC041u)]
    public void RouteOfEntry_IsTheMessage(ulong entry, uint address, uint data) =>
        Assert.Equal(new MessageSignal(address, data), IoApicRoute.Of(entry));

    // Masked edges, reserved vectors, and the modes: system management, reserved, and the pair's.
    [Theory]
    [InlineData(0x1_0041ul)]
    [InlineData(0x0Ful)]
    [InlineData(0x800Ful)]
    [InlineData(0x010Ful)]
    [InlineData(0x0241ul)]
    [InlineData(0x0341ul)]
    [InlineData(0x0741ul)]
    public void RouteOfEntry_ThatNobodyTakes_IsNone(ulong entry) => Assert.Null(IoApicRoute.Of(entry));

    [Fact]
    public void Line_WhileHosted_RaisesTheKernelsInput_AndWaitsForTheEnd()
    {
        HandOver();
        Redirect(5, 0x41 | Level);
        _io.SetLine(5, true);
        _io.SetLine(5, true);
        Assert.Equal([5], _kernel.Raised);

        _bus.EndOfInterrupt(0x40);
        _bus.EndOfInterrupt(0x41);
        Assert.Equal([5, 5], _kernel.Raised);
        _io.SetLine(5, false);
        _bus.EndOfInterrupt(0x41);

        Assert.Equal([5, 5], _kernel.Raised);
        Assert.Equal(new MessageSignal(0xFEE0_0000, 0xC041), _kernel.Routes[5]);
    }

    [Fact]
    public void Line_OfAnEntryThatNobodyTakes_RaisesNothing()
    {
        HandOver();
        foreach (ulong entry in (ulong[])[Masked | 0x41, 0x0F, 0x0241, 0x0741])
        {
            Redirect(5, entry);
            _io.SetLine(5, true);
            _io.SetLine(5, false);
        }

        Assert.Empty(_kernel.Raised);
    }

    [Fact]
    public void Line_AfterTheTakeOver_IsTheBoards()
    {
        HandOver();
        Redirect(5, 0x41);
        _io.TakeOver();
        _ = _apic.TakeOver();

        _io.SetLine(5, true);

        Assert.Empty(_kernel.Raised);
        Assert.True(_kernel.IsDisconnected);
        Assert.True(_apic.TryTakeInterrupt(out byte vector));
        Assert.Equal(0x41, vector);
    }

    [Fact]
    public void State_GoesToTheKernelAndComesBack()
    {
        _apic.WriteRegister(0x80, 0x30);
        _apic.Accept(DeliveryMode.Fixed, 0x52, level: true);
        Assert.True(_apic.TryTakeInterrupt(out _));
        _apic.Accept(DeliveryMode.Fixed, 0x31, level: false);

        HandOver();

        Assert.Equal(1u << 18, _kernel.State.InService[2]);
        Assert.Equal(1u << 18, _kernel.State.LevelTriggered[2]);
        Assert.Equal(1u << 17, _kernel.State.Requested[1]);
        Assert.False(_apic.TryTakeInterrupt(out _));
        Assert.False(_apic.IsMapped);
        Assert.Equal(0, _apic.TakeOver());
        Assert.True(_apic.IsInService(0x52));
        Assert.Equal(0x30u, _apic.ReadRegister(0x80));
        Assert.Equal(1u << 17, _apic.ReadRegister(0x210));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u << 17)]
    public void Timer_GoesOnWhereItWas(uint mode)
    {
        _apic.WriteRegister(0x3E0, 0xB);
        _apic.WriteRegister(0x320, mode | 0x41);
        _apic.WriteRegister(0x380, 100_000);
        _clock.Advance(30_000);

        HandOver();
        Assert.Equal(70_000u, _kernel.State.CurrentCount);
        Assert.Equal(long.MaxValue, _clock.NextDeadline);
        _kernel.State.CurrentCount = 20_000;
        _clock.Advance(50_000);
        _ = _apic.TakeOver();

        Assert.Equal(20_000u, _apic.ReadRegister(0x390));
        _clock.Advance(19_999);
        Assert.False(_apic.HasInterrupt);
        _clock.Advance(1);
        Assert.True(_apic.TryTakeInterrupt(out _));
    }

    [Fact]
    public void Timer_ThatIsDueWhenItIsHandedOver_IsRequested()
    {
        _apic.WriteRegister(0x3E0, 0xB);
        _apic.WriteRegister(0x320, 0x41);
        _apic.WriteRegister(0x380, 100);
        _clock.AdvanceWithoutFiring(100);

        HandOver();

        Assert.Equal(2u, _kernel.State.Requested[2]);
        _clock.Advance(1);
        Assert.Empty(_kernel.Sent);
    }

    [Fact]
    public void Timer_ThatRanOutInTheKernel_IsRequestedIfItSaysSo()
    {
        _apic.WriteRegister(0x320, 0x41);
        _apic.WriteRegister(0x380, 100_000);
        HandOver();
        (_kernel.State.CurrentCount, _kernel.State.TimerIsDue) = (0, true);

        _ = _apic.TakeOver();

        Assert.True(_apic.TryTakeInterrupt(out byte vector));
        Assert.Equal(0x41, vector);
        Assert.Equal(long.MaxValue, _clock.NextDeadline);
    }

    [Fact]
    public void Deadline_GoesOnWhereItWas()
    {
        _apic.WriteRegister(0x320, (2 << 17) | 0x41);
        _apic.TscDeadline = 5000;
        HandOver();
        Assert.Equal(5000ul, _kernel.State.Deadline);
        _kernel.State.Deadline = 7000;

        _ = _apic.TakeOver();

        Assert.Equal(7000, _clock.NextDeadline);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Undelivered_GoesBackToWhereItCameFrom(bool isFromHere)
    {
        HandOver();
        _kernel.State.Undelivered = 0x41;
        _kernel.State.InService[2] = isFromHere ? 2u : 0;

        byte foreign = _apic.TakeOver();

        Assert.Equal(isFromHere ? 0 : 0x41, foreign);
        Assert.Equal(isFromHere, _apic.HasInterrupt);
        Assert.False(_apic.IsInService(0x41));
    }

    [Fact]
    public void Message_ThatIsLate_IsPassedOn()
    {
        HandOver();

        _apic.Accept(DeliveryMode.Fixed, 0x41, level: false);

        Assert.Equal([new MessageSignal(0xFEE0_0000, 0x4041)], _kernel.Sent);
    }

    [Fact]
    public void PairTakesBack_WhatItGave_AndGivesItAgain()
    {
        PicPair pair = new(_ => { });
        foreach ((Chip chip, byte vector) in ((Chip, byte)[])[(new(pair.First), 0x40), (new(pair.Second), 0x48)])
        {
            chip.Write(0, 0x11);
            chip.Write(1, vector);
            chip.Write(1, 4);
            chip.Write(1, 1);
        }

        pair.SetLine(10, true);
        Assert.True(pair.TryAcknowledge(out byte given));
        Assert.Equal(0x4A, given);
        Assert.False(pair.TryAcknowledge(out _));

        Assert.True(pair.TryTakeBack(given));
        Assert.False(pair.TryTakeBack(0x41));

        Assert.True(pair.TryAcknowledge(out given));
        Assert.Equal(0x4A, given);
    }

    private void HandOver()
    {
        _apic.HandOver(_kernel, SilentBoard.Instance);
        _io.HandOver(_kernel);
    }

    private void Redirect(uint input, ulong entry)
    {
        _io.WriteMmio(0, 4, 0x10 + (2 * input));
        _io.WriteMmio(0x10, 4, (uint)entry);
        _io.WriteMmio(0, 4, 0x11 + (2 * input));
        _io.WriteMmio(0x10, 4, entry >> 32);
    }

    private readonly record struct Chip(Bus.IPortDevice Device)
    {
        internal void Write(int offset, byte value) => Device.WritePort(offset, 1, value);
    }

    private sealed class Kernel : IHostedApic, IHostedInterrupts
    {
        internal LocalApicState State;

        public IHostedInterrupts Interrupts => this;

        internal List<int> Raised { get; } = [];

        internal List<MessageSignal> Sent { get; } = [];

        internal MessageSignal?[] Routes { get; private set; } = [];

        internal bool IsDisconnected { get; private set; }

        public void Load(in LocalApicState state, IGuestIo io) => State = state;

        public void Settle()
        {
            // Nothing waits.
        }

        public void Save(ref LocalApicState state) => state = State;

        public void Send(MessageSignal message) => Sent.Add(message);

        public void SetRoutes(ReadOnlySpan<MessageSignal?> routes) => Routes = routes.ToArray();

        public void Raise(int input) => Raised.Add(input);

        public void Disconnect() => IsDisconnected = true;
    }

    private sealed class NoPins : IProcessorPins
    {
        public void InterruptPending()
        {
            // Nobody runs.
        }

        public void Nmi()
        {
            // Nobody runs.
        }

        public void Init()
        {
            // Nobody runs.
        }

        public void StartUp(byte vector)
        {
            // Nobody runs.
        }
    }
}
