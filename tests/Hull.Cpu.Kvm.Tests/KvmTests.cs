using Hull.Machine;
using Hull.Machine.Board;
using Hull.Machine.Boot;
using Hull.Machine.Devices.Power;
using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host;
using Hull.Machine.Memory;
using Hull.Testing;

namespace Hull.Cpu.Kvm.Tests;

/// <summary>Small guests on the host's KVM, fast or not: the board's first tests.</summary>
public sealed class KvmTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private readonly ByteRecorder _output = new();
    private readonly HostClock _clock = new(TimeProvider.System);
    private KvmHost? _host;
    private KvmProcessors? _processors;

    public void Dispose()
    {
        _processors?.Dispose();
        _host?.Dispose();
        _clock.Dispose();
    }

    [Fact]
    public void Calibrate_TellsASpeed()
    {
        KvmHost host = Host();

        double speed = host.Calibrate();

        TestContext.Current.SendDiagnosticMessage($"KVM: {speed:0.0} million instructions a second.");
        Assert.True(speed > 0.05);
        if (speed < KvmHost.HardwareSpeed)
        {
            HullException error = Assert.Throws<HullException>(host.RequireHardwareSpeed);
            Assert.Contains("no hardware behind it", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(InterruptChip.Kernel)]
    [InlineData(InterruptChip.Board)]
    public async Task Run_OfLongModeGuest_PrintsAndPowersOff(InterruptChip chip)
    {
        BareGuest guest = new BareGuest().Print("long mode\n").PowerOff();

        Assert.Equal(PowerEvent.PowerOff, await RunAsync(chip, guest.ToBzImage()));
        Assert.Equal("long mode\n", _output.Text);
    }

    [Theory]
    [InlineData(InterruptChip.Kernel)]
    [InlineData(InterruptChip.Board)]
    public async Task Run_OfGuestThatResets_SaysSo(InterruptChip chip)
    {
        BareGuest guest = new BareGuest().OutByte(0x64, 0xFE).Emit(0xF4);

        Assert.Equal(PowerEvent.Reset, await RunAsync(chip, guest.ToBzImage()));
    }

    [Theory]
    [InlineData(InterruptChip.Kernel)]
    [InlineData(InterruptChip.Board)]
    public async Task Run_OfTripleFault_IsACrash(InterruptChip chip)
    {
        // ud2 without an interrupt table.
        BareGuest guest = new BareGuest().Emit(0x0F, 0x0B);

        Assert.Equal(PowerEvent.Crash, await RunAsync(chip, guest.ToBzImage()));
    }

    // The local APIC's timer wakes a halted processor through an interrupt gate.
    [Theory]
    [InlineData(InterruptChip.Kernel)]
    [InlineData(InterruptChip.Board)]
    public async Task Run_OfHaltedGuest_IsWokenByTheTimer(InterruptChip chip)
    {
        BareGuest guest = new();
        guest.EnableTimer(0x40, 5_000_000);
        guest.Emit(0xFB, 0xF4).Print("woken").PowerOff();
        guest.Emit(new byte[0x200 - guest.Here]);
        guest.Print("tick ").Store(0xFEE0_00B0, 0).Emit(0x48, 0xCF);

        // The identity map covers the APIC's page; interrupts push onto the stack set above.
        Assert.Equal(PowerEvent.PowerOff, await RunAsync(chip, guest.ToBzImage()));
        Assert.Equal("tick woken", _output.Text);
    }

    [Theory]
    [InlineData(InterruptChip.Kernel)]
    [InlineData(InterruptChip.Board)]
    public async Task Notify_OfQueue_IsServedBesideTheProcessor(InterruptChip chip)
    {
        Host();
        QueueDevice device = new();
        BareGuest guest = QueueDevice.Drive(BoardModel.Microvm.SlotOf(0).Address).Print("served").PowerOff();

        Assert.Equal(PowerEvent.PowerOff, await RunAsync(chip, guest.ToBzImage(), device));
        Assert.Equal("served", _output.Text);
        Assert.Equal("doorbells", device.ServedBy);
    }

    [Fact]
    public void Doorbell_RingsForItsValueOnly_AndTheLastToAskIsTold()
    {
        GuestAddress bell = new(0x20050);
        using GuestMemory memory = new(new GuestMemoryOptions { Ranges = [new MemoryRange(new GuestAddress(0), 0x10000)] });
        using KvmProcessors processors = new(Host(), memory, InterruptChip.Board);
        using IVirtualProcessor processor = processors.Create(0);
        using ManualResetEventSlim rung = new();
        bool wrong = false;
        IDoorbells doorbells = processor.Doorbells!; // KVM's processors have them.
        Assert.SkipUnless(doorbells.TryAdd(bell, 2, 7, () => wrong = true), "This KVM has no ioeventfd.");
        Assert.True(doorbells.TryAdd(bell, 2, 7, rung.Set));
        Assert.True(doorbells.TryAdd(bell, 2, 8, () => wrong = true));

        // mov ax, 0x2000; mov ds, ax; mov word [0x50], 7; hlt
        memory.TryWrite(new GuestAddress(0x1000), [0xB8, 0, 0x20, 0x8E, 0xD8, 0xC7, 0x06, 0x50, 0, 7, 0, 0xF4]);
        ProcessorState state = ProcessorState.Reset();
        state.Cs = new SegmentState { Limit = 0xFFFF, Attributes = 0x9B };
        state.Rip = 0x1000;
        processor.Load(in state);

        Assert.Equal(ProcessorStop.Halted, processor.Run(SilentBoard.Instance));

        Assert.True(rung.Wait(s_limit, TestContext.Current.CancellationToken));
        Assert.False(wrong);
    }

    [Fact]
    public void Save_AfterLoad_GivesTheStateBack()
    {
        using GuestMemory memory = new(new GuestMemoryOptions { Ranges = [new MemoryRange(new GuestAddress(0), 0x10000)] });
        using KvmProcessors processors = new(Host(), memory);
        using IVirtualProcessor processor = processors.Create(0);
        ProcessorState state = ProcessorState.Reset();
        for (int i = 0; i < 16; i++)
        {
            state.General[i] = 0x0101_0101_0101_0101ul * (ulong)(i + 1);
            state.Vector[4 * i] = (ulong)i;
        }

        state.Lstar = 0xFFFF_FFFF_8000_0000;
        state.FloatingPoint[3] = new FloatingPointRegister { Significand = 1ul << 63, SignExponent = 0x3FFF };
        state.FpuControl = 0x37F;
        processor.Load(in state);
        ProcessorState saved = default;

        processor.Save(ref saved);

        Assert.Equal(state.General[..].ToArray(), saved.General[..].ToArray());
        Assert.Equal(state.Rip, saved.Rip);
        Assert.Equal(state.Cs, saved.Cs);
        Assert.Equal(state.Lstar, saved.Lstar);
        Assert.Equal(state.FloatingPoint[3], saved.FloatingPoint[3]);
        Assert.Equal(15ul, saved.Vector[60]);
    }

    // As after a restore or a move: KVM has told nothing of the guest's IF yet.
    [Theory]
    [InlineData(true, ProcessorStop.Requested)]
    [InlineData(false, ProcessorStop.Halted)]
    public void Run_OfAHaltedGuestThatWasLoaded_TakesTheInterruptThatWaits(bool flag, ProcessorStop expected)
    {
        using GuestMemory memory = new(new GuestMemoryOptions { Ranges = [new MemoryRange(new GuestAddress(0), 0x10000)] });
        using KvmProcessors processors = new(Host(), memory, InterruptChip.Board);
        using IVirtualProcessor processor = processors.Create(0);
        memory.TryWrite(new GuestAddress(0x40 * 4), [0x00, 0x11, 0, 0]);

        // The handler spins, so a stop is what ends it.
        memory.TryWrite(new GuestAddress(0x1100), [0xE6, 0x10, 0xEB, 0xFE]);
        memory.TryWrite(new GuestAddress(0x1000), [0xF4, 0xF4, 0xEB, 0xFC]);
        ProcessorState state = ProcessorState.Reset();
        state.Cs = new SegmentState { Limit = 0xFFFF, Attributes = 0x9B };
        state.General[4] = 0x2000;
        state.Rip = 0x1001;
        state.Rflags = flag ? 0x202u : 2u;
        state.Activity = ActivityState.Halted;
        processor.Load(in state);
        processor.Signal(ProcessorSignals.Interrupt);

        Assert.Equal(expected, processor.Run(new OneInterrupt(processor)));
    }

    // As a timer of the board's does that fires after the machine is gone.
    [Fact]
    public void Signal_AfterDispose_IsIgnored()
    {
        using GuestMemory memory = new(new GuestMemoryOptions { Ranges = [new MemoryRange(new GuestAddress(0), 0x10000)] });
        using KvmProcessors processors = new(Host(), memory);
        IVirtualProcessor processor = processors.Create(0);
        processor.Dispose();

        processor.Signal(ProcessorSignals.Interrupt);

        Assert.True(processor.HasWakeSignal);
    }

    private KvmHost Host()
    {
        Assert.SkipUnless(File.Exists("/dev/kvm"), "This machine has no /dev/kvm.");
        try
        {
            return _host ??= new KvmHost();
        }
        catch (HullException error)
        {
            Assert.Skip(error.Message);
            throw;
        }
    }

    private async Task<PowerEvent> RunAsync(InterruptChip chip, byte[] kernel, params IReadOnlyList<IVirtioDevice> devices)
    {
        KvmHost host = Host();
        Assert.SkipUnless(chip != InterruptChip.Kernel || host.OffersKernelChip, "This KVM has no local APICs without the chips of a PC.");
        MachineSpec spec = new() { Memory = new ByteSize(64 << 20), SerialOutput = _output, Devices = devices };
        using VirtualMachine machine = new(spec, _clock, (number, memory) =>
        {
            _processors ??= new KvmProcessors(host, memory, chip);
            return _processors.Create(number);
        });
        machine.Load(new BootRequest { Kernel = kernel });
        return await machine.RunAsync(TestContext.Current.CancellationToken).WaitAsync(s_limit);
    }

    // A board with one interrupt to give, which stops the processor when its handler writes a port.
    private sealed class OneInterrupt(IVirtualProcessor processor) : SilentBoard
    {
        private bool _isTaken;

        public override void WritePort(ushort port, int size, uint value) => processor.RequestStop();

        public override bool TryAcknowledgeInterrupt(out byte vector)
        {
            vector = 0x40;
            return !Interlocked.Exchange(ref _isTaken, true);
        }
    }
}
