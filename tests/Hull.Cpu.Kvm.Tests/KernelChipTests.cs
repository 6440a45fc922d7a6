using Hull.Machine;
using Hull.Machine.Memory;

namespace Hull.Cpu.Kvm.Tests;

/// <summary>A local APIC's state into KVM's own and out of it.</summary>
public sealed class KernelChipTests : IDisposable
{
    private const uint OneShot = 0x41;
    private const uint Periodic = 0x2_0041;
    private const uint Deadline = 0x4_0041;
    private const uint Masked = 0x1_0000;

    private readonly GuestMemory _memory =
        new(new GuestMemoryOptions { Ranges = [new MemoryRange(new GuestAddress(0), 0x10000)] });

    private KvmHost? _host;
    private KvmProcessors? _processors;

    public void Dispose()
    {
        _processors?.Dispose();
        _host?.Dispose();
        _memory.Dispose();
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(5, false)]
    [InlineData(5, true)]
    public void SaveOfChip_AfterLoad_GivesTheStateBack(uint id, bool isX2)
    {
        using IVirtualProcessor processor = Create((int)id);
        LocalApicState state = Filled(id, isX2);

        LocalApicState saved = RoundTrip(processor, in state);

        Assert.Equal(state.Id, saved.Id);
        Assert.Equal(state.Base, saved.Base);
        Assert.Equal(state.TaskPriority, saved.TaskPriority);
        Assert.Equal(isX2 ? saved.LogicalDestination : state.LogicalDestination, saved.LogicalDestination);
        Assert.Equal(isX2 ? saved.DestinationFormat : state.DestinationFormat, saved.DestinationFormat);
        Assert.Equal(state.Spurious, saved.Spurious);
        Assert.Equal(state.CommandLow, saved.CommandLow);
        Assert.Equal(state.CommandHigh, saved.CommandHigh);
        Assert.Equal(state.Divide, saved.Divide);
        Assert.Equal(state.LocalVectors[..].ToArray(), saved.LocalVectors[..].ToArray());
        Assert.Equal(state.InService[..].ToArray(), saved.InService[..].ToArray());
        Assert.Equal(state.LevelTriggered[..].ToArray(), saved.LevelTriggered[..].ToArray());
        Assert.Equal(state.Requested[..].ToArray(), saved.Requested[..].ToArray());
        Assert.Equal(0, saved.Undelivered);
    }

    // Switched off, LINT0 is masked for the guest, and open in KVM for the 8259 pair.
    [Fact]
    public void SaveOfChip_SwitchedOff_HasItsWiresMasked()
    {
        using IVirtualProcessor processor = Create(0);
        LocalApicState state = Filled(0, isX2: false);
        state.Spurious = 0xFF;
        for (int i = 0; i < 6; i++)
        {
            state.LocalVectors[i] = Masked;
        }

        LocalApicState saved = RoundTrip(processor, in state);

        Assert.Equal(state.Spurious, saved.Spurious);
        Assert.All(saved.LocalVectors[..].ToArray(), vector => Assert.NotEqual(0u, vector & Masked));
    }

    [Theory]
    [InlineData(OneShot)]
    [InlineData(Periodic)]
    public void SaveOfChip_WithATimerThatCounts_TellsTheRest(uint entry)
    {
        using IVirtualProcessor processor = Create(0);
        LocalApicState state = Filled(0, isX2: false);
        state.LocalVectors[0] = entry;
        state.InitialCount = 4_000_000_000;
        state.CurrentCount = 3_000_000_000;

        LocalApicState saved = RoundTrip(processor, in state);

        Assert.Equal(state.InitialCount, saved.InitialCount);
        Assert.InRange(saved.CurrentCount, 2_000_000_000u, 3_000_000_000u);
        Assert.False(saved.TimerIsDue);
    }

    [Fact]
    public void SaveOfChip_WithACountThatIsOver_RequestsNothing()
    {
        using IVirtualProcessor processor = Create(0);
        LocalApicState state = Filled(0, isX2: false);
        state.LocalVectors[0] = OneShot;
        state.InitialCount = 1000;

        LocalApicState saved = RoundTrip(processor, in state);

        Assert.Equal(0u, saved.CurrentCount);
        Assert.False(saved.TimerIsDue);
        Assert.Equal(state.Requested[..].ToArray(), saved.Requested[..].ToArray());
    }

    // The count ends while nobody runs: the interrupt is there afterwards, once.
    [Fact]
    public void SaveOfChip_WithACountThatEndsMeanwhile_RequestsIt()
    {
        using IVirtualProcessor processor = Create(0);
        LocalApicState state = Filled(0, isX2: false);
        state.LocalVectors[0] = OneShot;
        state.InitialCount = 4_000_000_000;
        state.CurrentCount = 1;
        state.TaskPriority = 0xF0;
        IHostedApic apic = processor.HostedApic!; // Made with one.
        apic.Load(in state, SilentBoard.Instance);
        apic.Settle();
        LocalApicState saved = default;

        apic.Save(ref saved);

        Assert.Equal(0u, saved.CurrentCount);
        bool isRequested = (saved.Requested[2] & (1u << 1)) != 0;
        Assert.True(isRequested != saved.TimerIsDue, "The timer's interrupt is lost, or there twice.");
    }

    [Fact]
    public void SaveOfChip_WithADeadline_TellsIt()
    {
        using IVirtualProcessor processor = Create(0);
        LocalApicState state = Filled(0, isX2: false);
        state.LocalVectors[0] = Deadline;
        state.Deadline = 1ul << 60;

        LocalApicState saved = RoundTrip(processor, in state);

        // The counter is the host's where KVM cannot scale it, and what it is ahead is the processor's own offset.
        ProcessorState registers = default;
        processor.Save(ref registers);
        Assert.InRange(saved.Deadline + registers.TscOffset, state.Deadline - 1_000_000_000, state.Deadline + 1_000_000_000);
    }

    [Theory]
    [InlineData(ActivityState.Active)]
    [InlineData(ActivityState.Halted)]
    [InlineData(ActivityState.WaitForStartup)]
    public void Save_AfterLoad_KeepsTheActivity(ActivityState activity)
    {
        using IVirtualProcessor processor = Create(1);
        ProcessorState state = ProcessorState.Reset();
        state.Activity = activity;
        processor.Load(in state);
        LocalApicState chip = Filled(1, isX2: false);
        _ = RoundTrip(processor, in chip);
        ProcessorState saved = default;

        processor.Save(ref saved);

        Assert.Equal(activity, saved.Activity);
    }

    [Fact]
    public void Load_OfABaseThatCannotBe_IsRefusedInOneSentence()
    {
        using IVirtualProcessor processor = Create(0);
        LocalApicState state = Filled(0, isX2: false);
        state.Base = ulong.MaxValue;

        HullException error = Assert.Throws<HullException>(() => processor.HostedApic!.Load(in state, SilentBoard.Instance));

        Assert.Contains("refuses the local APIC's base", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Routes_ThatDoNotChange_AreNotPublishedAgain()
    {
        using IVirtualProcessor processor = Create(0);
        KvmInterrupts interrupts = Assert.IsType<KvmInterrupts>(processor.HostedApic!.Interrupts);
        var routes = new MessageSignal?[KvmInterrupts.Inputs];
        routes[3] = new MessageSignal(0xFEE0_0000, 0x4041);

        interrupts.SetRoutes(routes);
        interrupts.SetRoutes(routes);
        interrupts.Disconnect();
        interrupts.SetRoutes(routes);

        Assert.Equal(1, interrupts.Published);
    }

    // Whatever a guest may write into the table: KVM takes it, and what is raised goes nowhere worse than to nobody.
    [Fact]
    public void Routes_OfAnyMessage_AreTaken()
    {
        using IVirtualProcessor processor = Create(0);
        IHostedInterrupts interrupts = processor.HostedApic!.Interrupts;
        Random random = new(1);
        for (int round = 0; round < 20; round++)
        {
            var routes = new MessageSignal?[KvmInterrupts.Inputs];
            for (int i = 0; i < routes.Length; i++)
            {
                routes[i] = random.Next(4) == 0 ? null : new MessageSignal((uint)random.NextInt64(), (uint)random.NextInt64());
            }

            interrupts.SetRoutes(routes);
            for (int i = 0; i < routes.Length; i++)
            {
                interrupts.Raise(i);
            }
        }

        interrupts.Raise(-1);
        interrupts.Raise(KvmInterrupts.Inputs);
        interrupts.Disconnect();
    }

    private static LocalApicState Filled(uint id, bool isX2)
    {
        LocalApicState state = new()
        {
            Id = id,
            Base = 0xFEE0_0800ul | (isX2 ? 0x400ul : 0) | (id == 0 ? 0x100ul : 0),
            TaskPriority = 0x60,
            LogicalDestination = isX2 ? 0u : 0x2000_0000,
            DestinationFormat = 0x0FFF_FFFF,
            Spurious = 0x1EF,
            CommandLow = 0x40,
            CommandHigh = isX2 ? 7u : 0x0700_0000,
            Divide = 0xB,
        };
        state.LocalVectors[0] = Masked | 0x41;
        state.LocalVectors[3] = 0x700;
        state.LocalVectors[4] = 0x400;
        state.LocalVectors[5] = 0xFE;
        state.LocalVectors[1] = Masked;
        state.LocalVectors[2] = Masked;
        state.InService[3] = 1;
        state.LevelTriggered[3] = 1;
        state.Requested[2] = 1;
        state.Requested[7] = 1u << 31;
        return state;
    }

    private static LocalApicState RoundTrip(IVirtualProcessor processor, in LocalApicState state)
    {
        IHostedApic apic = processor.HostedApic!; // Made with one.
        apic.Load(in state, SilentBoard.Instance);
        LocalApicState saved = default;
        apic.Save(ref saved);
        return saved;
    }

    private IVirtualProcessor Create(int id)
    {
        Assert.SkipUnless(File.Exists("/dev/kvm"), "This machine has no /dev/kvm.");
        try
        {
            _host = new KvmHost();
        }
        catch (HullException error)
        {
            Assert.Skip(error.Message);
        }

        Assert.SkipUnless(_host.OffersKernelChip, "This KVM has no local APICs without the chips of a PC.");
        _processors = new KvmProcessors(_host, _memory, InterruptChip.Kernel);
        return _processors.Create(id);
    }
}
