using System.Runtime.CompilerServices;

namespace Hull.Machine;

/// <summary>Everything a local APIC knows, in the formats of its registers. Source: Intel SDM vol. 3A §11.4.1.</summary>
public struct LocalApicState
{
    /// <summary>The APIC id.</summary>
    public uint Id;

    /// <summary>IA32_APIC_BASE.</summary>
    public ulong Base;

    /// <summary>Task priority.</summary>
    public uint TaskPriority;

    /// <summary>Logical destination; meaningless in x2APIC mode.</summary>
    public uint LogicalDestination;

    /// <summary>Destination format.</summary>
    public uint DestinationFormat;

    /// <summary>Spurious-interrupt vector, with the switch.</summary>
    public uint Spurious;

    /// <summary>Error status.</summary>
    public uint ErrorStatus;

    /// <summary>Lower half of the interrupt command.</summary>
    public uint CommandLow;

    /// <summary>Upper half of the interrupt command: in x2APIC mode a whole id, else one in the highest byte.</summary>
    public uint CommandHigh;

    /// <summary>The timer's initial count.</summary>
    public uint InitialCount;

    /// <summary>The timer's current count, now.</summary>
    public uint CurrentCount;

    /// <summary>The timer's divider.</summary>
    public uint Divide;

    /// <summary>IA32_TSC_DEADLINE, before the processor's own offset of its counter; 0 while not armed.</summary>
    public ulong Deadline;

    /// <summary>The timer ran out and its interrupt was not requested yet.</summary>
    public bool TimerIsDue;

    /// <summary>Timer, thermal, performance, LINT0, LINT1, error.</summary>
    public LocalVectorArray LocalVectors;

    /// <summary>In service.</summary>
    public VectorArray InService;

    /// <summary>Level-triggered.</summary>
    public VectorArray LevelTriggered;

    /// <summary>Requested.</summary>
    public VectorArray Requested;

    /// <summary>An interrupt that the processor took and had no time to deliver; 0 for none.</summary>
    public byte Undelivered;

    /// <summary>The local vector table.</summary>
    [InlineArray(6)]
    public struct LocalVectorArray
    {
        private uint _first;
    }

    /// <summary>256 bits.</summary>
    [InlineArray(8)]
    public struct VectorArray
    {
        private uint _first;
    }
}
