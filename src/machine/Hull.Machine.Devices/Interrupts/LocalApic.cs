using Hull.Machine.Devices.Clock;

namespace Hull.Machine.Devices.Interrupts;

/// <summary>A processor's local APIC: priorities, the timer, messages to other processors, xAPIC and x2APIC.</summary>
/// <remarks>
/// Source: Intel SDM vol. 3A chapter 11. Thread-safe. The processor asks <see cref="HasInterrupt"/> between
/// instructions and takes the vector with <see cref="TryTakeInterrupt"/>.
/// </remarks>
public sealed partial class LocalApic
{
    private const int FirstUsableVector = 16;
    private const uint EnabledBit = 0x100;
    private const ulong BaseX2 = 1 << 10;
    private const ulong BaseEnable = 1 << 11;
    private const ulong BaseBootProcessor = 1 << 8;
    private const ulong DefaultBase = 0xFEE0_0000;
    private const ulong BaseWritable = 0xF_FFFF_F000 | BaseEnable | BaseX2;
    private const uint ResetSpurious = 0xFF;

    private readonly Lock _gate = new();
    private readonly ApicBus _bus;
    private readonly IProcessorPins _pins;
    private readonly bool _isBoot;

    private VectorSet _requested;
    private VectorSet _inService;
    private VectorSet _levelTriggered;
    private uint _taskPriority;
    private uint _logicalDestination;
    private uint _destinationFormat = uint.MaxValue;
    private uint _spurious = ResetSpurious;
    private uint _errorStatus;
    private uint _pendingErrors;
    private uint _interruptCommandLow;
    private uint _interruptCommandHigh;
    private ulong _base;
    private int _deliverable = -1;
    private volatile bool _external;

    /// <summary>Creates the APIC of one processor and puts it on the bus.</summary>
    /// <param name="id">Its APIC id; below 255.</param>
    /// <param name="bus">Where messages come from and go to.</param>
    /// <param name="pins">The processor.</param>
    /// <param name="clock">Drives the timer.</param>
    /// <param name="tsc">What the guest's time-stamp counter shows, for deadlines.</param>
    public LocalApic(uint id, ApicBus bus, IProcessorPins pins, MachineClock clock, GuestTsc tsc)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(pins);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(tsc);
        Id = id;
        _bus = bus;
        _pins = pins;
        _clock = clock;
        _tsc = tsc;
        _isBoot = bus.Locals.Count == 0;
        _timer = clock.CreateTimer(TimerDue);
        _base = DefaultBase | BaseEnable | (_isBoot ? BaseBootProcessor : 0);
        bus.Add(this);
    }

    /// <summary>The APIC id; firmware's ids never change here.</summary>
    public uint Id { get; }

    /// <summary>Whether the x2APIC interface is on.</summary>
    public bool IsX2 => (_base & (BaseX2 | BaseEnable)) == (BaseX2 | BaseEnable);

    /// <summary>Whether the APIC is switched on, by its MSR and its spurious-vector register.</summary>
    public bool IsEnabled => (_base & BaseEnable) != 0 && (_spurious & EnabledBit) != 0;

    /// <summary>Whether IA32_APIC_BASE has it switched on; otherwise the processor has none, as CPUID says.</summary>
    public bool IsPresent => (_base & BaseEnable) != 0;

    /// <summary>Whether its registers are a page of memory: switched on, not in x2APIC mode, and here.</summary>
    public bool IsMapped => !IsHosted && (_base & (BaseX2 | BaseEnable)) == BaseEnable;

    /// <summary>IA32_APIC_BASE.</summary>
    public ulong BaseMsr => _base;

    /// <summary>Where the register page lies in guest-physical memory, while it is visible.</summary>
    public ulong BaseAddress => _base & 0xF_FFFF_F000;

    /// <summary>Whether a fixed interrupt outranks the processor's priority now. Cheap: one volatile read.</summary>
    public bool HasInterrupt => Volatile.Read(ref _deliverable) >= 0;

    /// <summary>Whether LINT0 or a switched-off APIC lets the 8259 pair's interrupts through.</summary>
    /// <remarks>A kernel that has the registers looks at them itself before it asks.</remarks>
    public bool AcceptsExternal =>
        IsHosted
        || (_base & BaseEnable) == 0
        || (_spurious & EnabledBit) == 0
        || (_localVectors[Lint0] & (LvtMasked | LvtModeMask)) == (uint)DeliveryMode.External << LvtModeShift;

    /// <summary>CR8: the upper half of the task priority.</summary>
    public byte TaskPriorityClass
    {
        get => (byte)(_taskPriority >> 4);
        set => WriteTaskPriority((uint)(value & 0xF) << 4);
    }

    /// <summary>Takes the interrupt to deliver now: it moves from requested to in service.</summary>
    /// <returns>False when nothing outranks the processor's priority any more.</returns>
    public bool TryTakeInterrupt(out byte vector)
    {
        lock (_gate)
        {
            int next = Deliverable();
            if (next < 0)
            {
                vector = 0;
                return false;
            }

            vector = (byte)next;
            _requested.Remove(next);
            _inService.Add(next);
            Refresh();
            return true;
        }
    }

    /// <summary>Sets the level of the wire from the 8259 pair.</summary>
    public void SetExternal(bool level)
    {
        _external = level;
        SignalExternal();
    }

    /// <summary>Tells the processor about whatever waits besides what it just took.</summary>
    public void SignalNext()
    {
        SignalExternal();
        if (HasInterrupt)
        {
            _pins.InterruptPending();
        }
    }

    /// <summary>A message arrived, from the bus or from the local timer.</summary>
    public void Accept(DeliveryMode mode, byte vector, bool level)
    {
        switch (mode)
        {
            case DeliveryMode.Fixed or DeliveryMode.LowestPriority:
                Request(vector, level);
                break;
            case DeliveryMode.Nmi:
                _pins.Nmi();
                break;
            case DeliveryMode.Init:
                ResetByInit();
                _pins.Init();
                break;
            case DeliveryMode.StartUp:
                _pins.StartUp(vector);
                break;
            case DeliveryMode.External:
                _pins.InterruptPending();
                break;
            default:
                break;
        }
    }

    /// <summary>Back to the state after power-on.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _base = DefaultBase | BaseEnable | (_isBoot ? BaseBootProcessor : 0);
        }

        ResetByInit();
    }

    internal bool MatchesLogical(uint destination)
    {
        if (IsX2)
        {
            uint own = LogicalX2;
            return own >> 16 == destination >> 16 && (own & destination & 0xFFFF) != 0;
        }

        uint mine = _logicalDestination >> 24;
        bool isFlat = _destinationFormat >> 28 == 0xF;
        return isFlat
            ? (mine & destination & 0xFF) != 0
            : mine >> 4 == ((destination >> 4) & 0xF) && (mine & destination & 0xF) != 0;
    }

    private void Request(byte vector, bool level)
    {
        bool isNew;
        lock (_gate)
        {
            if (_host is { } host)
            {
                PassOn(host, vector, level);
                return;
            }

            if (!IsEnabled)
            {
                return;
            }

            if (vector < FirstUsableVector)
            {
                RecordError(ErrorReceivedIllegalVector);
                return;
            }

            _requested.Add(vector);
            if (level)
            {
                _levelTriggered.Add(vector);
            }
            else
            {
                _levelTriggered.Remove(vector);
            }

            int before = _deliverable;
            Refresh();
            isNew = _deliverable >= 0 && _deliverable != before;
        }

        if (isNew)
        {
            _pins.InterruptPending();
        }
    }

    private void EndOfInterrupt()
    {
        int vector;
        bool broadcast;
        lock (_gate)
        {
            vector = _inService.Highest;
            if (vector < 0)
            {
                return;
            }

            _inService.Remove(vector);
            broadcast = _levelTriggered.Contains(vector);
            Refresh();
        }

        if (broadcast)
        {
            _bus.EndOfInterrupt((byte)vector);
        }

        if (HasInterrupt)
        {
            _pins.InterruptPending();
        }
    }

    private void WriteTaskPriority(uint value)
    {
        lock (_gate)
        {
            _taskPriority = value & 0xFF;
            Refresh();
        }

        if (HasInterrupt)
        {
            _pins.InterruptPending();
        }
    }

    // Source: SDM §11.8.3.1: the higher class of the task priority and of what is in service.
    private uint ProcessorPriority()
    {
        uint serving = (uint)Math.Max(_inService.Highest, 0);
        return (_taskPriority & 0xF0) >= (serving & 0xF0) ? _taskPriority : serving & 0xF0;
    }

    private int Deliverable()
    {
        if (IsHosted)
        {
            return -1;
        }

        int highest = _requested.Highest;
        return highest >= 0 && ((uint)highest & 0xF0) > (ProcessorPriority() & 0xF0) && IsEnabled ? highest : -1;
    }

    private void SignalExternal()
    {
        if (_external && AcceptsExternal)
        {
            _pins.InterruptPending();
        }
    }

    private void Refresh() => Volatile.Write(ref _deliverable, Deliverable());

    private void ResetByInit()
    {
        lock (_gate)
        {
            _requested = default;
            _inService = default;
            _levelTriggered = default;
            _taskPriority = 0;
            _logicalDestination = 0;
            _destinationFormat = uint.MaxValue;
            _spurious = ResetSpurious;
            _errorStatus = 0;
            _pendingErrors = 0;
            _interruptCommandLow = 0;
            _interruptCommandHigh = 0;
            _localVectors.AsSpan().Fill(LvtMasked);
            _initialCount = 0;
            _hasRunOut = false;
            _divide = 0;
            _deadline = 0;
            _timer.Disarm();
            Refresh();
        }
    }
}
