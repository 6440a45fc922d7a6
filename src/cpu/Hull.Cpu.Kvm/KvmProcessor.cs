using Hull.Linux;
using Hull.Machine;

namespace Hull.Cpu.Kvm;

/// <summary>One processor on the host's KVM, with a local APIC of KVM's or the board's.</summary>
/// <remarks>
/// Register state goes both ways through <see cref="ProcessorState"/>, a local APIC's through <see cref="LocalApicState"/>.
/// </remarks>
internal sealed partial class KvmProcessor : IVirtualProcessor
{
    private const uint TscMsr = 0x10;
    private const uint FrequenciesLeaf = 0x4000_0010;
    private const uint X2ApicBit = 1 << 21;
    private const ulong InterruptFlag = 1 << 9;

    private readonly KvmVcpu _vcpu;
    private readonly byte[] _cpuid;
    private int _signals;
    private int _startupVector;
    private ActivityState _activity;
    private bool _isBound;
    private bool _accessPending;
    private bool _counterStale = true;
    private ulong _counterOffset;
    private IGuestIo? _io;

    internal KvmProcessor(KvmVcpu vcpu, byte[] cpuid, IDoorbells doorbells, int number, KvmInterrupts? interrupts)
    {
        _vcpu = vcpu;
        _cpuid = cpuid;
        _number = number;
        _interrupts = interrupts;
        Doorbells = doorbells;

        // KVM holds a state to what the processor is told to have: everything, until the board has its say before the first run.
        _vcpu.SetCpuid(_cpuid);
        ProcessorState reset = ProcessorState.Reset();
        Load(in reset);
    }

    /// <summary>How often the guest came back to this process.</summary>
    internal long Exits { get; private set; }

    /// <inheritdoc/>
    public IDoorbells? Doorbells { get; }

    /// <inheritdoc/>
    public bool HasWakeSignal
    {
        get
        {
            ProcessorSignals pending = (ProcessorSignals)Volatile.Read(ref _signals);
            if (_activity == ActivityState.WaitForStartup)
            {
                return (pending & (ProcessorSignals.Startup | ProcessorSignals.Stop)) != 0;
            }

            // KVM reports HLT only; whether IF allows the interrupt shows when it runs again.
            return pending != ProcessorSignals.None;
        }
    }

    /// <inheritdoc/>
    public ProcessorStop Run(IGuestIo io)
    {
        ArgumentNullException.ThrowIfNull(io);
        _io = io;
        _vcpu.Bind();
        try
        {
            Prepare(io);
            return RunBound(io);
        }
        finally
        {
            _vcpu.Unbind();
        }
    }

    private ProcessorStop RunBound(IGuestIo io)
    {
        while (true)
        {
            _vcpu.ClearKick();
            if (Serve(io) is { } stop)
            {
                return stop;
            }

            SetCounter(io);
            bool ran = IsHosted ? _vcpu.Run() : RunWithPriority(io);
            Exits++;
            _accessPending = false;

            if (ran && Answer(io) is { } end)
            {
                return end;
            }
        }
    }

    private bool RunWithPriority(IGuestIo io)
    {
        _vcpu.Cr8 = io.TaskPriority;
        bool ran = _vcpu.Run();
        if (_vcpu.Cr8 != io.TaskPriority)
        {
            io.TaskPriority = (byte)_vcpu.Cr8;
        }

        return ran;
    }

    /// <inheritdoc/>
    public void RequestStop() => Signal(ProcessorSignals.Stop);

    /// <inheritdoc/>
    public void Signal(ProcessorSignals signals)
    {
        int before = Interlocked.Or(ref _signals, (int)signals);
        if ((before & (int)signals & (int)ProcessorSignals.Nmi) != 0)
        {
            // KVM itself knows whether one that waits or two are too many.
            Interlocked.Or(ref _signals, (int)ProcessorSignals.SecondNmi);
        }

        _vcpu.Kick();
    }

    /// <inheritdoc/>
    public void SignalStartup(byte vector)
    {
        Volatile.Write(ref _startupVector, vector);
        Signal(ProcessorSignals.Startup);
    }

    /// <inheritdoc/>
    public void ForgetPages()
    {
        // KVM watches the host's page tables itself.
    }

    /// <inheritdoc/>
    public void Rest()
    {
        // There is nothing here that could be made again.
    }

    /// <inheritdoc/>
    public CpuidResult DescribeCpuid(uint leaf, uint subleaf) => KvmCpuid.Find(_cpuid, leaf, subleaf);

    /// <inheritdoc/>
    public void Save(ref ProcessorState state)
    {
        if (_accessPending)
        {
            _vcpu.CompleteAccess();
            _accessPending = false;
        }

        // Before the registers: a start-up message that waits changes them.
        state.Activity = SaveActivity();
        state.AcknowledgedVector = TakeBackEvents();
        KvmState.Save(_vcpu, ref state);
        state.TscOffset = SaveCounter();
        state.Pending = (ProcessorSignals)Volatile.Read(ref _signals);
        state.StartupVector = (byte)Volatile.Read(ref _startupVector);
    }

    /// <inheritdoc/>
    public void Load(in ProcessorState state)
    {
        KvmState.Load(_vcpu, in state, keepsApic: IsHosted);
        ShowReadiness(in state);
        _counterOffset = state.TscOffset;
        _counterStale = true;
        _activity = state.Activity;
        LoadActivity(state.Activity);
        Volatile.Write(ref _signals, (int)state.Pending);
        Volatile.Write(ref _startupVector, state.StartupVector);
    }

    // A halted guest is woken before it runs here for the first time, so KVM has told nothing yet. With its own chip KVM alone knows.
    private void ShowReadiness(in ProcessorState state)
    {
        bool flag = (state.Rflags & InterruptFlag) != 0;
        _vcpu.SetReadiness(flag, flag && state.InterruptShadow == 0 && !IsHosted);
    }

    /// <inheritdoc/>
    public void Dispose() => _vcpu.Dispose();

    // What must be known of the board before the first instruction.
    private void Prepare(IGuestIo io)
    {
        if (_isBound)
        {
            return;
        }

        _isBound = true;
        for (int i = 0; i < KvmCpuid.Count(_cpuid); i++)
        {
            Adjust(io, KvmCpuid.Entry(_cpuid, i));
        }

        _vcpu.SetCpuid(_cpuid);
        CpuidResult frequencies = default;
        io.AdjustCpuid(FrequenciesLeaf, 0, ref frequencies);
        _ = _vcpu.TrySetTscKhz(frequencies.Eax);
    }

    private static void Adjust(IGuestIo io, Span<byte> entry)
    {
        (uint leaf, uint subleaf) = KvmCpuid.NumberOf(entry);
        CpuidResult value = KvmCpuid.Read(entry);
        uint own = value.Ecx;
        io.AdjustCpuid(leaf, subleaf, ref value);

        // The board offers x2APIC mode to everybody.
        value.Ecx &= leaf == 1 ? ~X2ApicBit | own : uint.MaxValue;
        KvmCpuid.Write(entry, value);
    }

    // The host's counter goes on by itself; the board says when it is no longer the machine's.
    private void SetCounter(IGuestIo io)
    {
        if (_counterStale)
        {
            _counterStale = false;
            SetCounterAndDeadline(io.ReadTimeStampCounter() + _counterOffset);
        }
    }

    private ulong SaveCounter()
    {
        if (_io is null || _counterStale)
        {
            return _counterOffset;
        }

        // The two cannot be read at the same moment: a small difference is that and no offset.
        const long Noise = 10_000_000;
        ulong offset = _vcpu.GetMsr(TscMsr) - _io.ReadTimeStampCounter();
        return (long)(offset - _counterOffset) is > -Noise and < Noise ? _counterOffset : offset;
    }

    // An interrupt that KVM took or was given and had no time to deliver goes back to where it came from; an NMI waits here.
    private byte TakeBackEvents()
    {
        Span<byte> events = stackalloc byte[KvmState.EventBytes];
        _vcpu.GetEvents(events);
        bool isInterrupt = events[KvmState.InterruptInjected] != 0 && events[KvmState.InterruptInjected + 2] == 0;
        int nmis = events[KvmState.NmiInjected] + events[KvmState.NmiInjected + 1];
        byte vector = isInterrupt ? events[KvmState.InterruptInjected + 1] : (byte)0;
        if (!isInterrupt && nmis == 0)
        {
            return 0;
        }

        events[KvmState.InterruptInjected] = isInterrupt ? (byte)0 : events[KvmState.InterruptInjected];
        events[KvmState.NmiInjected] = 0;
        events[KvmState.NmiInjected + 1] = 0;
        _vcpu.SetEvents(events);
        ProcessorSignals again = (isInterrupt ? ProcessorSignals.Interrupt : 0)
            | (nmis > 0 ? ProcessorSignals.Nmi : 0) | (nmis > 1 ? ProcessorSignals.SecondNmi : 0);
        Interlocked.Or(ref _signals, (int)again);
        return vector;
    }

    private bool Take(ProcessorSignals signal) =>
        ((ProcessorSignals)Interlocked.And(ref _signals, ~(int)signal) & signal) != 0;

    private ProcessorStop? Serve(IGuestIo io)
    {
        if (Take(ProcessorSignals.Stop))
        {
            return ProcessorStop.Requested;
        }

        _counterStale |= Take(ProcessorSignals.Housekeeping);
        if (IsHosted)
        {
            return ServeHosted(io);
        }

        if (Take(ProcessorSignals.Init))
        {
            ProcessorState state = ProcessorState.Reset();
            state.Activity = ActivityState.WaitForStartup;
            KvmState.Load(_vcpu, in state, keepsApic: false);
            ShowReadiness(in state);
            _activity = ActivityState.WaitForStartup;
        }

        if (Take(ProcessorSignals.Startup) && _activity == ActivityState.WaitForStartup)
        {
            StartAt((byte)Volatile.Read(ref _startupVector));
        }

        if (_activity == ActivityState.WaitForStartup)
        {
            return ProcessorStop.Halted;
        }

        if (ServeNmi())
        {
            Interlocked.Or(ref _signals, (int)ProcessorSignals.Interrupt);
            _activity = ActivityState.Active;
        }

        return ServeInterrupt(io);
    }

    private bool ServeNmi()
    {
        if (!Take(ProcessorSignals.Nmi))
        {
            return false;
        }

        _vcpu.Nmi();
        if (Take(ProcessorSignals.SecondNmi))
        {
            _vcpu.Nmi();
        }

        return true;
    }

    private ProcessorStop? ServeInterrupt(IGuestIo io)
    {
        bool wanted = ((ProcessorSignals)Volatile.Read(ref _signals) & ProcessorSignals.Interrupt) != 0;
        if (wanted && _vcpu.IsReadyForInterrupt && _vcpu.InterruptFlag)
        {
            Take(ProcessorSignals.Interrupt);
            wanted = false;
            if (io.TryAcknowledgeInterrupt(out byte vector))
            {
                _vcpu.Interrupt(vector);
                _activity = ActivityState.Active;
            }
        }

        _vcpu.RequestInterruptWindow(wanted);
        if (_activity != ActivityState.Halted)
        {
            return null;
        }

        // A halted guest with IF clear waits for an NMI: an interrupt does not wake it.
        if (wanted && !_vcpu.InterruptFlag)
        {
            Take(ProcessorSignals.Interrupt);
        }

        return ProcessorStop.Halted;
    }

    private void StartAt(byte vector)
    {
        ProcessorState state = ProcessorState.Reset();
        state.Cs = new SegmentState
        {
            Base = (ulong)vector << 12,
            Selector = (ushort)(vector << 8),
            Limit = 0xFFFF,
            Attributes = 0x9B,
        };
        state.Rip = 0;
        KvmState.Load(_vcpu, in state, keepsApic: false);
        _activity = ActivityState.Active;
    }

    private ProcessorStop? Answer(IGuestIo io)
    {
        switch (_vcpu.ExitReason)
        {
            case KvmExit.Io:
                AnswerPort(io);
                return null;
            case KvmExit.Mmio:
                AnswerMemory(io);
                return null;
            case KvmExit.Halt:
                _activity = ActivityState.Halted;
                return HasWakeSignal ? null : ProcessorStop.Halted;
            case KvmExit.ReadMsr or KvmExit.WriteMsr:
                AnswerMsr(io);
                return null;
            case KvmExit.EndOfInterrupt:
                io.EndOfInterrupt(_vcpu.EndedVector);
                return null;
            case KvmExit.InterruptWindow or KvmExit.Interrupted or KvmExit.SetTaskPriority:
                return null;
            case KvmExit.Shutdown:
                _activity = ActivityState.Shutdown;
                return ProcessorStop.Shutdown;
            default:
                throw new HullException(ErrorKind.Internal, $"The host's KVM cannot go on: {WhyNot()}.");
        }
    }

    private string WhyNot() => _vcpu.ExitReason switch
    {
        KvmExit.FailEntry => $"the hardware refused the guest's state (reason 0x{_vcpu.Reason:x})",
        KvmExit.InternalError when (uint)_vcpu.Reason == 1 => $"it cannot emulate the instruction at 0x{_vcpu.GetRegs().Rip:x}",
        KvmExit.InternalError => $"it has an internal error ({(uint)_vcpu.Reason})",
        KvmExit.Unknown => $"the hardware stopped for a reason it does not know (0x{_vcpu.Reason:x})",
        KvmExit reason => $"it stopped for a reason not asked for ({(int)reason})",
    };

    private void AnswerMsr(IGuestIo io)
    {
        uint register = _vcpu.MsrIndex;
        bool isRefused;
        if (IsHosted && IsOfApic(register))
        {
            // KVM has these and did not take what was asked of them.
            isRefused = true;
        }
        else if (_vcpu.ExitReason == KvmExit.ReadMsr)
        {
            isRefused = !io.TryReadMsr(register, out ulong value);
            _vcpu.MsrData = register == TscDeadlineMsr ? CounterDeadline.ToGuest(value, SaveCounter()) : value;
        }
        else
        {
            ulong value = _vcpu.MsrData;
            isRefused = !io.TryWriteMsr(register, register == TscDeadlineMsr ? CounterDeadline.ToBoard(value, SaveCounter()) : value);
        }

        _vcpu.SetMsrError(isRefused);
        _accessPending = true;
    }

    private void AnswerPort(IGuestIo io)
    {
        int size = _vcpu.IoSize;
        for (int i = 0; i < _vcpu.IoCount; i++)
        {
            Span<byte> data = _vcpu.IoData(i);
            if (_vcpu.IsOut)
            {
                io.WritePort(_vcpu.IoPort, size, (uint)ReadInteger(data));
            }
            else
            {
                WriteInteger(data, io.ReadPort(_vcpu.IoPort, size));
            }
        }

        _accessPending = true;
    }

    private void AnswerMemory(IGuestIo io)
    {
        GuestAddress address = new(_vcpu.MmioAddress);
        int size = _vcpu.MmioSize;
        Span<byte> data = _vcpu.MmioData[..size];
        if (_vcpu.IsMmioWrite)
        {
            io.WriteMemory(address, size, ReadInteger(data));
        }
        else
        {
            WriteInteger(data, io.ReadMemory(address, size));
        }

        _accessPending = true;
    }

    private static ulong ReadInteger(ReadOnlySpan<byte> data)
    {
        ulong value = 0;
        for (int i = data.Length - 1; i >= 0; i--)
        {
            value = (value << 8) | data[i];
        }

        return value;
    }

    private static void WriteInteger(Span<byte> data, ulong value)
    {
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = (byte)(value >> (8 * i));
        }
    }
}
