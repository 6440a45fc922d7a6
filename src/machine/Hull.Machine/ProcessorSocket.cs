using Hull.Machine.Board;
using Hull.Machine.Devices.Bus;
using Hull.Machine.Devices.Clock;
using Hull.Machine.Devices.Interrupts;

namespace Hull.Machine;

/// <summary>What surrounds one processor on the board: its local APIC, its clock, the way to the buses.</summary>
/// <remarks>The guest's side is called on the processor's own thread, the pins on any.</remarks>
internal sealed class ProcessorSocket : IGuestIo, IProcessorPins
{
    private const uint ApicBaseMsr = 0x1B;
    private const uint TscDeadlineMsr = 0x6E0;
    private const uint FirstX2Msr = 0x800;
    private const uint LastX2Msr = 0x8FF;

    private readonly int _number;
    private readonly ApicBus _apics;
    private readonly PortBus _ports;
    private readonly MmioBus _addresses;
    private readonly GuestTsc _tsc;
    private readonly CpuidPolicy _cpuid;
    private readonly PicPair? _external;
    private readonly object _bed = new();
    private bool _isAwake;
    private IVirtualProcessor? _processor;

    internal ProcessorSocket(int number, BoardWiring wiring)
    {
        _number = number;
        _apics = wiring.Apics;
        _ports = wiring.Ports;
        _addresses = wiring.Addresses;
        _tsc = wiring.Tsc;
        _cpuid = wiring.Cpuid;
        _external = number == 0 ? wiring.External : null;
        Apic = new LocalApic(wiring.Topology.ApicIdOf(number), wiring.Apics, this, wiring.Clock, wiring.Tsc);
        Clock = new ParavirtualClock(wiring.Clock, wiring.Tsc, wiring.Memory);
    }

    internal LocalApic Apic { get; }

    internal ParavirtualClock Clock { get; }

    /// <inheritdoc/>
    public byte TaskPriority
    {
        get => Apic.TaskPriorityClass;
        set => Apic.TaskPriorityClass = value;
    }

    internal void Attach(IVirtualProcessor processor) => _processor = processor;

    /// <summary>Gives the local APIC to a processor that can have its own, which does not run yet.</summary>
    internal void HandOver()
    {
        if (_processor?.HostedApic is { } host)
        {
            Apic.HandOver(host, this);
        }
    }

    /// <summary>Takes it back from a processor that does not run any more.</summary>
    internal void TakeOver()
    {
        byte external = Apic.TakeOver();
        if (external != 0)
        {
            TakeBack(external);
        }
    }

    /// <summary>An interrupt that the processor took and had no time to deliver goes back to where it came from.</summary>
    internal void TakeBack(byte vector)
    {
        if (Apic.IsInService(vector) || _external is not { } pair || !pair.TryTakeBack(vector))
        {
            Apic.TakeBack(vector);
        }
    }

    /// <summary>Waits until somebody wants something of a halted processor.</summary>
    internal void WaitForSignal()
    {
        lock (_bed)
        {
            while (!_isAwake)
            {
                Monitor.Wait(_bed);
            }

            _isAwake = false;
        }
    }

    /// <summary>Ends a wait.</summary>
    internal void Wake()
    {
        lock (_bed)
        {
            _isAwake = true;
            Monitor.Pulse(_bed);
        }
    }

    /// <inheritdoc/>
    public uint ReadPort(ushort port, int size) => _ports.Read(port, size);

    /// <inheritdoc/>
    public void WritePort(ushort port, int size, uint value) => _ports.Write(port, size, value);

    /// <inheritdoc/>
    public ulong ReadMemory(GuestAddress address, int size)
    {
        if (!IsApic(address))
        {
            return _addresses.Read(address.Value, size);
        }

        // The registers are 32 bits wide and 16 bytes apart; a narrower look sees its part.
        ulong offset = address.Value - Apic.BaseAddress;
        int shift = (int)(offset & 3) * 8;
        return (offset & 0xC) != 0 ? 0 : Apic.ReadRegister(offset & ~3ul) >> shift;
    }

    /// <inheritdoc/>
    public void WriteMemory(GuestAddress address, int size, ulong value)
    {
        if (!IsApic(address))
        {
            _addresses.Write(address.Value, size, value);
            return;
        }

        ulong offset = address.Value - Apic.BaseAddress;
        if ((offset & 0xF) == 0)
        {
            Apic.WriteRegister(offset, (uint)value);
        }
    }

    /// <inheritdoc/>
    public bool TryReadMsr(uint register, out ulong value)
    {
        switch (register)
        {
            case ApicBaseMsr:
                value = Apic.BaseMsr;
                return true;
            case TscDeadlineMsr:
                value = Apic.TscDeadline;
                return true;
            case >= FirstX2Msr and <= LastX2Msr:
                return Apic.TryReadMsr(register, out value);
            default:
                return Clock.TryReadMsr(register, out value);
        }
    }

    /// <inheritdoc/>
    public bool TryWriteMsr(uint register, ulong value)
    {
        switch (register)
        {
            case ApicBaseMsr:
                return Apic.TryWriteBase(value);
            case TscDeadlineMsr:
                Apic.TscDeadline = value;
                return true;
            case >= FirstX2Msr and <= LastX2Msr:
                return Apic.TryWriteMsr(register, value);
            default:
                return Clock.TryWriteMsr(register, value);
        }
    }

    /// <inheritdoc/>
    public bool TryAcknowledgeInterrupt(out byte vector)
    {
        // The pair's wire is looked at first, as on real processors: it knows no priority of the APIC's.
        if (_external is { } pair && Apic.AcceptsExternal && pair.TryAcknowledge(out vector))
        {
            Apic.SignalNext();
            return true;
        }

        return Apic.TryTakeInterrupt(out vector);
    }

    /// <inheritdoc/>
    public void EndOfInterrupt(byte vector) => _apics.EndOfInterrupt(vector);

    /// <inheritdoc/>
    public ulong ReadTimeStampCounter() => _tsc.Now;

    /// <inheritdoc/>
    public void AdjustCpuid(uint leaf, uint subleaf, ref CpuidResult value)
    {
        const uint HasApic = 1 << 9;
        _cpuid.Adjust(_number, leaf, subleaf, ref value);
        if (leaf == 1 && !Apic.IsPresent)
        {
            value.Edx &= ~HasApic;
        }
    }

    /// <inheritdoc/>
    public void InterruptPending() => Signal(ProcessorSignals.Interrupt);

    /// <inheritdoc/>
    public void Nmi() => Signal(ProcessorSignals.Nmi);

    /// <inheritdoc/>
    public void Init() => Signal(ProcessorSignals.Init);

    /// <inheritdoc/>
    public void StartUp(byte vector)
    {
        _processor?.SignalStartup(vector);
        Wake();
    }

    private bool IsApic(GuestAddress address) =>
        address.Value - Apic.BaseAddress < LocalApic.PageSize && Apic.IsMapped;

    private void Signal(ProcessorSignals signals)
    {
        _processor?.Signal(signals);
        Wake();
    }
}
