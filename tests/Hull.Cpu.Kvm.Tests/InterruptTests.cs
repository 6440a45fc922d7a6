using System.Diagnostics;
using Hull.Machine;
using Hull.Machine.Board;
using Hull.Machine.Boot;
using Hull.Machine.Devices.Power;
using Hull.Machine.Host;
using Hull.Testing;

namespace Hull.Cpu.Kvm.Tests;

/// <summary>Interrupts on KVM, by its own local APICs and by the board's: the same for the guest.</summary>
public sealed class InterruptTests : IDisposable
{
    private const ulong Level = 1 << 15;
    private const int Rounds = 200;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

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

    [Theory]
    [InlineData(InterruptChip.Kernel, false)]
    [InlineData(InterruptChip.Kernel, true)]
    [InlineData(InterruptChip.Board, false)]
    [InlineData(InterruptChip.Board, true)]
    public async Task DeviceInterrupt_WakesTheGuest_AgainAndAgain(InterruptChip chip, bool isLevel)
    {
        RaisedDevice device = new(5, isLevel);
        BareGuest guest = new BareGuest().Gate(0x41, 0x200).Prepare().Redirect(5, 0x41 | (isLevel ? Level : 0));
        for (int i = 0; i < 3; i++)
        {
            guest.OutByte(RaisedDevice.Port, 1).Sleep();
        }

        guest.PowerOff().At(0x200).Print("i").InByte(RaisedDevice.Port).End().Return();

        Assert.Equal(PowerEvent.PowerOff, await RunAsync(chip, guest, 1, device));
        Assert.Equal("iii", _output.Text);
        Assert.Equal(3, device.Thanks);
    }

    // The line is still high when the guest ends the interrupt, so it comes again; then it is masked while it is in service.
    [Theory]
    [InlineData(InterruptChip.Kernel)]
    [InlineData(InterruptChip.Board)]
    public async Task LevelInterrupt_ComesAgainUntilTheDeviceIsThanked_AlsoAfterAMask(InterruptChip chip)
    {
        Assert.SkipUnless(
            chip == InterruptChip.Board || Host(chip).HasKernelChip, "This KVM ends interrupts by itself, before the guest does.");
        RaisedDevice device = new(5, isLevel: true);
        BareGuest guest = new BareGuest().Gate(0x41, 0x200).Gate(0x42, 0x300).Prepare().Store(ApicGuest.Word, 0)
            .Redirect(5, 0x41 | Level).Emit(0xFB).OutByte(RaisedDevice.Port, 1).WaitForWord(1).OutByte(RaisedDevice.Port, 1).WaitForWord(2).PowerOff();

        // The first handler points the input to the second's vector only at its end, masked in between.
        guest.At(0x200).Print("a").Redirect(5, 0x41 | Level | (1 << 16)).End().Redirect(5, 0x42 | Level).Return();
        guest.At(0x300).Print("b").InByte(RaisedDevice.Port).CountWord().End().Return();

        Assert.Equal(PowerEvent.PowerOff, await RunAsync(chip, guest, 1, device));
        Assert.Equal("abb", _output.Text);
    }

    [Theory]
    [InlineData(InterruptChip.Kernel, 2)]
    [InlineData(InterruptChip.Kernel, 4)]
    [InlineData(InterruptChip.Board, 2)]
    public async Task StartUp_OfTheOthers_LetsThemRun(InterruptChip chip, int processors)
    {
        // lock inc word [0x9000]; cli; hlt; jmp back
        BareGuest guest = new BareGuest().Store(ApicGuest.Word, 0)
            .Place(0x2E, 0xF0, 0xFF, 0x06, 0x00, 0x10, 0xFA, 0xF4, 0xEB, 0xFC, 0, 0).Prepare().StartOthers()
            .WaitForWord((byte)(processors - 1)).Print("all").PowerOff();

        Assert.Equal(PowerEvent.PowerOff, await RunAsync(chip, guest, processors));
        Assert.Equal("all", _output.Text);
    }

    // The others sleep with interrupts off; an NMI for all wakes them, through real mode's table.
    [Theory]
    [InlineData(InterruptChip.Kernel)]
    [InlineData(InterruptChip.Board)]
    public async Task NonMaskable_ForTheOthers_WakesThem(InterruptChip chip)
    {
        // cs: inc word [0x1000]; hlt; jmp hlt - and 16 bytes on the handler: the same word once more; iret
        BareGuest guest = new BareGuest().Store(ApicGuest.Word, 0).Store(8, 0x3000_0010)
            .Place(
                0x2E, 0xF0, 0xFF, 0x06, 0x00, 0x10, 0xFA, 0xF4, 0xEB, 0xFD, 0, 0, 0, 0, 0, 0,
                0x2E, 0xF0, 0xFF, 0x06, 0x00, 0x10, 0xCF, 0)
            .Prepare().StartOthers().WaitForWord(1).Store(0xFEE0_0300, 0xC_4400).WaitForWord(2).Print("woken").PowerOff();

        Assert.Equal(PowerEvent.PowerOff, await RunAsync(chip, guest, 2));
        Assert.Equal("woken", _output.Text);
    }

    [Theory]
    [InlineData(InterruptChip.Kernel)]
    [InlineData(InterruptChip.Board)]
    public async Task PairOfAPc_InterruptsThroughTheFirstProcessorsWire(InterruptChip chip)
    {
        // Both chips from vector 0x40, input 5 alone unmasked; the local APIC lets them through at LINT0.
        RaisedDevice device = new(5, isLevel: false);
        BareGuest guest = new BareGuest().Gate(0x45, 0x200).Prepare().Store(0xFEE0_0350, 0x700)
            .OutByte(0x20, 0x11).OutByte(0x21, 0x40).OutByte(0x21, 4).OutByte(0x21, 1).OutByte(0x21, 0xDF);
        guest.OutByte(RaisedDevice.Port, 1).Sleep().OutByte(RaisedDevice.Port, 1).Sleep().PowerOff();
        guest.At(0x200).Print("x").OutByte(0x20, 0x20).Return();

        Assert.Equal(PowerEvent.PowerOff, await RunAsync(chip, guest, 1, device, BoardModel.Pc));
        Assert.Equal("xx", _output.Text);
    }

    [Theory]
    [InlineData(InterruptChip.Kernel)]
    [InlineData(InterruptChip.Board)]
    public async Task PairOfAPc_PassesALocalApicThatNobodySwitchedOn(InterruptChip chip)
    {
        RaisedDevice device = new(5, isLevel: false);
        BareGuest guest = new BareGuest().Gate(0x45, 0x200).PrepareWithoutApic()
            .OutByte(0x20, 0x11).OutByte(0x21, 0x40).OutByte(0x21, 4).OutByte(0x21, 1).OutByte(0x21, 0xDF);
        guest.OutByte(RaisedDevice.Port, 1).Sleep().PowerOff();
        guest.At(0x200).Print("x").OutByte(0x20, 0x20).Return();

        Assert.Equal(PowerEvent.PowerOff, await RunAsync(chip, guest, 1, device, BoardModel.Pc));
        Assert.Equal("x", _output.Text);
    }

    [Fact]
    public async Task X2Apic_OnTheKernelsChip_SendsToItself()
    {
        BareGuest guest = new BareGuest().Gate(0x43, 0x200).Prepare()
            .WriteMsr(0x1B, 0xFEE0_0D00).WriteMsr(0x83F, 0x43).Sleep().PowerOff();
        guest.At(0x200).Print("self").WriteMsr(0x80B, 0).Return();

        Assert.Equal(PowerEvent.PowerOff, await RunAsync(InterruptChip.Kernel, guest, 1));
        Assert.Equal("self", _output.Text);
    }

    // A register that the chip does not have, and a mode that cannot be: general protection faults, and the guest goes on.
    [Theory]
    [InlineData(InterruptChip.Kernel)]
    [InlineData(InterruptChip.Board)]
    public async Task WriteOfImpossibleApicState_IsAFaultOfTheGuests(InterruptChip chip)
    {
        BareGuest guest = new BareGuest().Gate(13, 0x200).Prepare()
            .WriteMsr(0x80B, 0).WriteMsr(0x1B, 0xFEE0_0500).Print("on").PowerOff();

        // The handler skips the instruction: add rsp, 8; add qword [rsp], 2; iretq
        guest.At(0x200).Print("#").Emit(0x48, 0x83, 0xC4, 8, 0x48, 0x83, 0x04, 0x24, 2).Return();

        Assert.Equal(PowerEvent.PowerOff, await RunAsync(chip, guest, 1));
        Assert.Equal("##on", _output.Text);
    }

    // A halt stays in the kernel there: the thread sleeps inside KVM_RUN.
    [Theory]
    [InlineData(InterruptChip.Kernel, 2)]
    [InlineData(InterruptChip.Board, 2)]
    public async Task Stop_OfSleepingProcessors_IsPrompt(InterruptChip chip, int processors)
    {
        using VirtualMachine machine = Build(chip, processors, null, BoardModel.Microvm);
        machine.Load(new BootRequest { Kernel = new BareGuest().Prepare().Print("z").Sleep().ToBzImage() });
        Task<PowerEvent> running = machine.RunAsync(TestContext.Current.CancellationToken);
        _output.WaitFor(text => text == "z", s_limit);
        machine.Pause();
        machine.Resume();

        machine.Stop();

        Assert.Equal(PowerEvent.None, await running.WaitAsync(s_limit, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Interrupt_RaisedWhileTheMachineStandsStill_ComesAfterwards()
    {
        RaisedDevice device = new(5, isLevel: false);
        BareGuest guest = new BareGuest().Gate(0x41, 0x200).Prepare().Redirect(5, 0x41).Print("z").Sleep().Sleep().PowerOff();
        guest.At(0x200).Print("i").End().Return();
        using VirtualMachine machine = Build(InterruptChip.Kernel, 1, device, BoardModel.Microvm);
        machine.Load(new BootRequest { Kernel = guest.ToBzImage() });
        Task<PowerEvent> running = machine.RunAsync(TestContext.Current.CancellationToken);
        _output.WaitFor(text => text == "z", s_limit);
        machine.Pause();
        device.Raise();
        machine.Resume();
        _output.WaitFor(text => text == "zi", s_limit);

        device.Raise();

        Assert.Equal(PowerEvent.PowerOff, await running.WaitAsync(s_limit, TestContext.Current.CancellationToken));
        Assert.Equal("zii", _output.Text);
    }

    // What stays in the kernel costs no way back to this process: a timer set, its interrupt, its end and the halt.
    [Theory]
    [InlineData(InterruptChip.Kernel, 0)]
    [InlineData(InterruptChip.Board, 3)]
    public async Task Timer_SetSleptForAndEnded_CostsExits(InterruptChip chip, int least)
    {
        BareGuest guest = new BareGuest().Gate(0x41, 0x200).Prepare().Store(0xFEE0_03E0, 0xB).Store(0xFEE0_0320, 0x41)
            .Repeat(Rounds, again => again.Store(0xFEE0_0380, 20_000).Sleep()).PowerOff();
        guest.At(0x200).End().Return();

        await MeasureAsync(chip, guest, 1, null, least, "a timer's interrupt");
    }

    // And so does a message, here to itself.
    [Theory]
    [InlineData(InterruptChip.Kernel, 0)]
    [InlineData(InterruptChip.Board, 2)]
    public async Task Message_SentAndEnded_CostsExits(InterruptChip chip, int least)
    {
        BareGuest guest = new BareGuest().Gate(0x41, 0x200).Prepare()
            .Repeat(Rounds, again => again.Store(0xFEE0_0300, 0x4_0041).Sleep()).PowerOff();
        guest.At(0x200).End().Return();

        await MeasureAsync(chip, guest, 1, null, least, "a message to itself");
    }

    // The device's port is two of them.
    [Theory]
    [InlineData(InterruptChip.Kernel, 2)]
    [InlineData(InterruptChip.Board, 3)]
    public async Task DeviceInterrupt_AskedForThankedForAndEnded_CostsExits(InterruptChip chip, int least)
    {
        RaisedDevice device = new(5, isLevel: false);
        BareGuest guest = new BareGuest().Gate(0x41, 0x200).Prepare().Redirect(5, 0x41)
            .Repeat(Rounds, again => again.OutByte(RaisedDevice.Port, 1).Sleep()).PowerOff();
        guest.At(0x200).InByte(RaisedDevice.Port).End().Return();

        await MeasureAsync(chip, guest, 1, device, least, "a device's interrupt");
    }

    private async Task MeasureAsync(InterruptChip chip, BareGuest guest, int processors, RaisedDevice? device, int least, string what)
    {
        const int Start = 40;
        long began = Stopwatch.GetTimestamp();

        Assert.Equal(PowerEvent.PowerOff, await RunAsync(chip, guest, processors, device));

        TimeSpan taken = Stopwatch.GetElapsedTime(began);
        long exits = _processors!.Exits; // Made by the run.
        TestContext.Current.SendDiagnosticMessage(
            $"{what}, chip {chip}: {(double)exits / Rounds:0.00} exits, {taken.TotalMicroseconds / Rounds:0} us.");
        Assert.InRange(exits, least * Rounds, chip == InterruptChip.Kernel ? (least * Rounds) + Start : long.MaxValue);
    }

    private async Task<PowerEvent> RunAsync(
        InterruptChip chip, BareGuest guest, int processors, RaisedDevice? device = null, BoardModel? board = null)
    {
        using VirtualMachine machine = Build(chip, processors, device, board ?? BoardModel.Microvm);
        machine.Load(new BootRequest { Kernel = guest.ToBzImage() });
        Task<PowerEvent> running = machine.RunAsync(TestContext.Current.CancellationToken);
        await Task.WhenAny(running, Task.Delay(s_limit, TestContext.Current.CancellationToken));
        Assert.True(running.IsCompleted, $"The guest hangs; it printed '{_output.Text}'.");
        return await running;
    }

    private VirtualMachine Build(InterruptChip chip, int processors, RaisedDevice? device, BoardModel board)
    {
        KvmHost host = Host(chip);
        MachineSpec spec = new()
        {
            Memory = new ByteSize(64 << 20),
            SerialOutput = _output,
            Board = board,
            Topology = CpuTopology.OfCores(processors),
            Additions = device is null ? [] : [device],
        };
        return new VirtualMachine(spec, _clock, (number, memory) =>
        {
            _processors ??= new KvmProcessors(host, memory, chip);
            return _processors.Create(number);
        });
    }

    private KvmHost Host(InterruptChip chip)
    {
        Assert.SkipUnless(File.Exists("/dev/kvm"), "This machine has no /dev/kvm.");
        try
        {
            _host ??= new KvmHost();
        }
        catch (HullException error)
        {
            Assert.Skip(error.Message);
        }

        Assert.SkipUnless(chip != InterruptChip.Kernel || _host.OffersKernelChip, "This KVM has no local APICs without the chips of a PC.");
        return _host;
    }
}
