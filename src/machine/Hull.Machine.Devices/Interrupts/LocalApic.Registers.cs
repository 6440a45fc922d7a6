namespace Hull.Machine.Devices.Interrupts;

// The register file, seen as a page of memory (xAPIC) or as MSRs 0x800 to 0x8FF (x2APIC).
public sealed partial class LocalApic
{
    /// <summary>Size of the register page.</summary>
    public const ulong PageSize = 0x1000;

    private const uint Version = 0x0005_0014;

    private const uint ErrorSendIllegalVector = 1 << 5;
    private const uint ErrorReceivedIllegalVector = 1 << 6;

    private const int RegisterId = 0x02;
    private const int RegisterVersion = 0x03;
    private const int RegisterTaskPriority = 0x08;
    private const int RegisterProcessorPriority = 0x0A;
    private const int RegisterEndOfInterrupt = 0x0B;
    private const int RegisterLogicalDestination = 0x0D;
    private const int RegisterDestinationFormat = 0x0E;
    private const int RegisterSpurious = 0x0F;
    private const int RegisterInService = 0x10;
    private const int RegisterLevelTriggered = 0x18;
    private const int RegisterRequested = 0x20;
    private const int RegisterErrorStatus = 0x28;
    private const int RegisterCommandLow = 0x30;
    private const int RegisterCommandHigh = 0x31;
    private const int RegisterLocalVectors = 0x32;
    private const int RegisterInitialCount = 0x38;
    private const int RegisterCurrentCount = 0x39;
    private const int RegisterDivide = 0x3E;
    private const int RegisterSelf = 0x3F;
    private const int VectorWords = 8;

    private uint LogicalX2 => ((Id & 0xFFFF_FFF0) << 12) | (1u << (int)(Id & 0xF));

    /// <summary>Answers a load from the register page.</summary>
    public uint ReadRegister(ulong offset) => Read((int)(offset & 0xFF0) >> 4);

    /// <summary>Takes a store into the register page.</summary>
    public void WriteRegister(ulong offset, uint value) => Write((int)(offset & 0xFF0) >> 4, value);

    /// <summary>Writes IA32_APIC_BASE.</summary>
    /// <returns>False when the guest gets a general-protection fault.</returns>
    public bool TryWriteBase(ulong value)
    {
        lock (_gate)
        {
            const ulong Modes = BaseX2 | BaseEnable;
            ulong modes = value & Modes;
            bool leavesX2 = IsX2 && modes == BaseEnable;
            bool entersFromOff = (_base & BaseEnable) == 0 && modes == Modes;
            if (modes == BaseX2 || leavesX2 || entersFromOff || (value & ~(BaseWritable | BaseBootProcessor)) != 0)
            {
                return false;
            }

            _base = (value & BaseWritable) | (_isBoot ? BaseBootProcessor : 0);
            Refresh();
        }

        SignalExternal();
        return true;
    }

    /// <summary>Reads an MSR from 0x800 to 0x8FF.</summary>
    /// <returns>False when the guest gets a general-protection fault.</returns>
    public bool TryReadMsr(uint msr, out ulong value)
    {
        int register = (int)(msr & 0xFF);
        value = 0;
        if (!IsX2 || !IsReadableMsr(register))
        {
            return false;
        }

        value = register switch
        {
            RegisterId => Id,
            RegisterLogicalDestination => LogicalX2,
            RegisterCommandLow => ((ulong)_interruptCommandHigh << 32) | _interruptCommandLow,
            _ => Read(register),
        };
        return true;
    }

    /// <summary>Writes an MSR from 0x800 to 0x8FF.</summary>
    /// <returns>False when the guest gets a general-protection fault.</returns>
    public bool TryWriteMsr(uint msr, ulong value)
    {
        int register = (int)(msr & 0xFF);
        if (!IsX2)
        {
            return false;
        }

        switch (register)
        {
            case RegisterCommandLow:
                _interruptCommandHigh = (uint)(value >> 32);
                Write(register, (uint)value);
                return true;
            case RegisterSelf:
                Accept(DeliveryMode.Fixed, (byte)value, level: false);
                return value <= byte.MaxValue;
            case RegisterEndOfInterrupt or RegisterErrorStatus:
                Write(register, 0);
                return value == 0;
            case RegisterTaskPriority or RegisterSpurious or RegisterInitialCount or RegisterDivide:
            case >= RegisterLocalVectors and < RegisterLocalVectors + LocalVectorCount:
                Write(register, (uint)value);
                return value <= uint.MaxValue;
            default:
                return false;
        }
    }

    private static bool IsReadableMsr(int register) => register is RegisterId or RegisterVersion or RegisterTaskPriority
        or RegisterProcessorPriority or RegisterLogicalDestination or RegisterSpurious
        or (>= RegisterInService and < RegisterRequested + VectorWords) or RegisterErrorStatus or RegisterCommandLow
        or (>= RegisterLocalVectors and <= RegisterCurrentCount) or RegisterDivide;

    private uint Read(int register)
    {
        lock (_gate)
        {
            return register switch
            {
                RegisterId => Id << 24,
                RegisterVersion => Version,
                RegisterTaskPriority => _taskPriority,
                RegisterProcessorPriority => ProcessorPriority(),
                RegisterLogicalDestination => _logicalDestination,
                RegisterDestinationFormat => _destinationFormat,
                RegisterSpurious => _spurious,
                >= RegisterInService and < RegisterLevelTriggered => _inService[register - RegisterInService],
                >= RegisterLevelTriggered and < RegisterRequested => _levelTriggered[register - RegisterLevelTriggered],
                >= RegisterRequested and < RegisterErrorStatus => _requested[register - RegisterRequested],
                RegisterErrorStatus => _errorStatus,
                RegisterCommandLow => _interruptCommandLow,
                RegisterCommandHigh => _interruptCommandHigh,
                >= RegisterLocalVectors and < RegisterLocalVectors + LocalVectorCount =>
                    _localVectors[register - RegisterLocalVectors],
                RegisterInitialCount => _initialCount,
                RegisterCurrentCount => CurrentCount(),
                RegisterDivide => _divide,
                _ => 0,
            };
        }
    }

    private void Write(int register, uint value)
    {
        switch (register)
        {
            case RegisterTaskPriority:
                WriteTaskPriority(value);
                return;
            case RegisterEndOfInterrupt:
                EndOfInterrupt();
                return;
            case RegisterCommandLow:
                SendCommand(value);
                return;
            default:
                break;
        }

        lock (_gate)
        {
            WriteLocked(register, value);
            Refresh();
        }

        SignalNext();
    }

    private void WriteLocked(int register, uint value)
    {
        switch (register)
        {
            case RegisterLogicalDestination:
                _logicalDestination = value & 0xFF00_0000;
                break;
            case RegisterDestinationFormat:
                _destinationFormat = value | 0x0FFF_FFFF;
                break;
            case RegisterSpurious:
                WriteSpurious(value);
                break;
            case RegisterErrorStatus:
                // A write latches what happened since the last one. Source: SDM §11.5.3.
                _errorStatus = _pendingErrors;
                _pendingErrors = 0;
                break;
            case RegisterCommandHigh:
                _interruptCommandHigh = value & 0xFF00_0000;
                break;
            case >= RegisterLocalVectors and < RegisterLocalVectors + LocalVectorCount:
                WriteLocalVector(register - RegisterLocalVectors, value);
                break;
            case RegisterInitialCount:
                WriteInitialCount(value);
                break;
            case RegisterDivide:
                _divide = value & 0xB;
                RestartCount();
                break;
            default:
                break;
        }
    }

    private void WriteSpurious(uint value)
    {
        _spurious = value & 0x3FF;
        if ((value & EnabledBit) != 0)
        {
            return;
        }

        // Switching off masks every local vector. Source: SDM §11.4.7.2.
        foreach (ref uint entry in _localVectors.AsSpan())
        {
            entry |= LvtMasked;
        }
    }

    private void RecordError(uint error)
    {
        _pendingErrors |= error;
        uint entry = _localVectors[LvtError];
        if ((entry & LvtMasked) == 0 && (entry & 0xFF) >= FirstUsableVector)
        {
            _requested.Add((int)(entry & 0xFF));
            _levelTriggered.Remove((int)(entry & 0xFF));
            Refresh();
        }
    }
}
