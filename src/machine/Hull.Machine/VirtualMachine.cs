using Hull.Machine.Acpi;
using Hull.Machine.Board;
using Hull.Machine.Boot;
using Hull.Machine.Devices.Clock;
using Hull.Machine.Devices.Interrupts;
using Hull.Machine.Devices.Legacy;
using Hull.Machine.Devices.Power;
using Hull.Machine.Devices.Serial;
using Hull.Machine.Devices.Virtio;
using Hull.Machine.Memory;
using Hull.Machine.Snapshots;
using Hull.Machine.State;

namespace Hull.Machine;

/// <summary>A microvm: RAM, processors, interrupts, a serial port, a clock, power, and virtio devices.</summary>
/// <remarks>
/// Boot or restore it, run it once, dispose of it. Run it from one place; <see cref="Stop"/>, <see cref="Pause"/> and
/// <see cref="Resume"/> may be called from any thread.
/// </remarks>
public sealed partial class VirtualMachine : IDisposable
{
    private readonly MachineSpec _spec;
    private readonly BoardWiring _wiring;
    private readonly ProcessorFactory _factory;
    private readonly Lock _running = new();
    private readonly List<VirtioMmio> _transports = [];
    private readonly List<(string Name, ISavable Part)> _parts = [];
    private readonly List<ProcessorThread> _threads = [];
    private readonly TaskCompletionSource<PowerEvent> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IoApic? _ioApic;
    private IdleWatch? _idle;
    private Action? _pressButton;
    private int _pauses;
    private bool _isRunning;

    /// <summary>Builds the machine; nothing runs yet.</summary>
    /// <param name="spec">What it is made of.</param>
    /// <param name="clock">Its clock; outlives it.</param>
    /// <param name="factory">Makes its processors, which the machine then owns.</param>
    /// <exception cref="HullException">The specification is impossible, or the host refuses memory.</exception>
    public VirtualMachine(MachineSpec spec, MachineClock clock, ProcessorFactory factory)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(factory);
        spec.Check();
        _spec = spec;
        _factory = factory;
        Memory = new GuestMemory(new GuestMemoryOptions
        {
            Ranges = MicrovmLayout.RangesOf((ulong)spec.Memory.Bytes, spec.Nodes),
            HugePages = HugePages.Prefer,
        });
        _wiring = new BoardWiring
        {
            Topology = spec.Topology,
            Memory = Memory,
            Clock = clock,
            Tsc = new GuestTsc(clock, spec.TscKhz),
            Cpuid = new CpuidPolicy(spec.Topology, spec.TscKhz),
        };
        Serial = WireChips();
        clock.Jumped = Jumped;
        clock.IsJumpUnnoticed = () => _threads.TrueForAll(static thread => thread.Socket.Clock.IsMarkedStopped());
        try
        {
            for (int i = 0; i < spec.Topology.Count; i++)
            {
                _threads.Add(CreateProcessor(i));
            }

            if (spec.AlsoOn is { } other)
            {
                _wiring.Cpuid.Shown = Features().And(ProcessorFeatures.Of(other, _wiring.Cpuid));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The guest's RAM.</summary>
    public GuestMemory Memory { get; }

    /// <summary>The serial port, to give it input.</summary>
    public Serial16550 Serial { get; }

    /// <summary>Presses the power button: a guest that listens switches itself off. From any thread.</summary>
    public void PressPowerButton() => _pressButton?.Invoke();

    /// <summary>Loads a kernel for the first processor.</summary>
    /// <exception cref="HullException">The kernel cannot be booted.</exception>
    public void Load(BootRequest request)
    {
        AcpiTables tables = new(_spec.Board, _spec.Topology, Memory.Ranges, _spec.Devices.Count);
        byte[] image = tables.Build((uint)MicrovmLayout.TablesStart);
        LoadState(new KernelLoader(Memory).Load(request, image));

        // The unpacked kernel is in the guest's memory now; the copies here are many times what a machine's process needs.
        ProcessRest.Tidy();
    }

    /// <summary>Sets the first processor's state; for guests that a loader of the caller's put into memory.</summary>
    public void LoadState(in ProcessorState state) => _threads[0].Processor.Load(in state);

    /// <summary>Runs the guest until it is off, reset, crashed or stopped.</summary>
    /// <returns>What happened; <see cref="PowerEvent.None"/> when <see cref="Stop"/> ended it.</returns>
    /// <exception cref="HullException">A processor failed for a reason of its own.</exception>
    public async Task<PowerEvent> RunAsync(CancellationToken cancellation)
    {
        using CancellationTokenRegistration registration = cancellation.Register(Stop);
        lock (_running)
        {
            _isRunning = true;
            StartProcessors();
        }

        try
        {
            return await _ended.Task;
        }
        finally
        {
            lock (_running)
            {
                _isRunning = false;
                StopProcessors();
            }
        }
    }

    /// <summary>Ends <see cref="RunAsync"/>, whatever the guest does.</summary>
    public void Stop() => _ended.TrySetResult(PowerEvent.None);

    /// <inheritdoc/>
    public void Dispose()
    {
        _wiring.Clock.Jumped = null;
        _wiring.Clock.IsJumpUnnoticed = null;
        foreach (ProcessorThread thread in _threads)
        {
            thread.Stop();
            thread.Processor.Dispose();
        }

        // Host sides may go on until they are disposed of; from here on none reaches the memory.
        foreach (VirtioMmio transport in _transports)
        {
            transport.Pause();
        }

        Memory.Dispose();
    }

    private Serial16550 WireChips()
    {
        IoApic ioApic = _ioApic = new(_wiring.Apics);
        _parts.Add(("ioapic", ioApic));
        _wiring.Addresses.Add(MicrovmLayout.IoApicAddress, IoApic.WindowSize, ioApic);
        IInterruptSink sink = WireLegacyChips(ioApic);
        Serial16550 serial = new(_spec.SerialOutput, new InterruptLine(sink, MicrovmLayout.SerialInterrupt));
        _wiring.Ports.Add(MicrovmLayout.SerialPort, Serial16550.PortCount, serial);
        _parts.Add(("serial", serial));
        RealTimeClock clock = new(_wiring.Clock, new InterruptLine(sink, MicrovmLayout.RealTimeClockInterrupt));
        _wiring.Ports.Add(RealTimeClock.FirstPort, RealTimeClock.PortCount, clock);
        _parts.Add(("rtc", clock));
        PciHostBridge bridge = new();
        _wiring.Ports.Add(PciHostBridge.FirstPort, PciHostBridge.PortCount, bridge);
        _parts.Add(("pci", bridge));
        _wiring.Ports.Add(MicrovmLayout.PowerPort, AcpiPower.PortCount, new AcpiPower(End));
        for (int i = 0; i < _spec.Devices.Count; i++)
        {
            VirtioSlot slot = _spec.Board.SlotOf(i);
            InterruptLine line = new(sink, slot.Interrupt);
            VirtioMmio transport = new(_spec.Devices[i], Memory, line, _spec.WithheldVirtioFeatures);
            _wiring.Addresses.Add(slot.Address, MicrovmLayout.VirtioSlotSize, transport);
            _transports.Add(transport);
            _parts.Add(($"virtio.{i}", transport));
        }

        foreach (IBoardAddition addition in _spec.Additions)
        {
            addition.Wire(_wiring.Ports, _wiring.Addresses, sink);
        }

        return serial;
    }

    // A board without the chips of a PC keeps their reset port and has a power button of its own.
    private IInterruptSink WireLegacyChips(IoApic ioApic)
    {
        if (!_spec.Board.HasLegacyChips)
        {
            _wiring.Ports.Add(KeyboardController.CommandPort, 1, new KeyboardController(End));
            _pressButton = new InterruptLine(ioApic, MicrovmLayout.PowerButtonInterrupt).Pulse;
            return ioApic;
        }

        LegacyChips chips = new(_wiring, ioApic, End);
        _wiring.External = chips.Pair;
        _pressButton = chips.Power.PressPowerButton;
        _parts.AddRange(chips.Parts);
        return chips;
    }

    private ProcessorThread CreateProcessor(int number)
    {
        ProcessorSocket socket = new(number, _wiring);
        IVirtualProcessor processor = _factory((int)_spec.Topology.ApicIdOf(number), Memory);
        socket.Attach(processor);
        AddDoorbells(processor);
        _parts.Add(($"apic.{number}", socket.Apic));
        _parts.Add(($"clock.{number}", socket.Clock));
        if (number > 0)
        {
            ProcessorState waiting = ProcessorState.Reset();
            waiting.Activity = ActivityState.WaitForStartup;
            processor.Load(in waiting);
        }

        return new ProcessorThread(number, socket, processor, End, error => _ended.TrySetException(error));
    }

    // Processors that need not stop for it ring the devices' queues, which are then served beside them.
    private void AddDoorbells(IVirtualProcessor processor)
    {
        for (int i = 0; processor.Doorbells is { } doorbells && i < _transports.Count; i++)
        {
            GuestAddress address = new(_spec.Board.SlotOf(i).Address + VirtioMmio.QueueNotify);
            for (int queue = 0; queue < _transports[i].QueueCount; queue++)
            {
                (VirtioMmio transport, int number) = (_transports[i], queue);
                _ = doorbells.TryAdd(address, sizeof(uint), (ulong)queue, () => Serve(transport, number));
            }
        }
    }

    private void Serve(VirtioMmio transport, int queue)
    {
        try
        {
            transport.Serve(queue);
        }
        catch (Exception error)
        {
            // As on a processor's thread: whoever waits for the machine gets it.
            _ended.TrySetException(error);
        }
    }

    private void End(PowerEvent what)
    {
        _ended.TrySetResult(what);
        foreach (ProcessorThread thread in _threads)
        {
            thread.RequestStop();
        }
    }
}
