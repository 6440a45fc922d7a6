namespace Hull.Machine.Devices.Interrupts;

/// <summary>Carries messages between I/O APICs and local APICs.</summary>
/// <remarks>APICs are added before the first vCPU runs. Thread-safe. Source: Intel SDM vol. 3A §11.6.</remarks>
public sealed class ApicBus
{
    private const uint BroadcastXapic = 0xFF;
    private const uint Broadcast = uint.MaxValue;

    private readonly List<LocalApic> _locals = [];
    private readonly List<IoApic> _ioApics = [];
    private int _nextLowest;

    /// <summary>The local APICs, by processor.</summary>
    public IReadOnlyList<LocalApic> Locals => _locals;

    /// <summary>Delivers a message to every APIC it addresses; to nobody when it addresses none.</summary>
    public void Deliver(in InterruptMessage message)
    {
        if (message.Mode == DeliveryMode.LowestPriority)
        {
            DeliverToOne(message);
            return;
        }

        foreach (LocalApic apic in _locals)
        {
            if (IsAddressed(apic, message))
            {
                apic.Accept(message.Mode, message.Vector, message.Level);
            }
        }
    }

    /// <summary>A local APIC ended a level-triggered interrupt.</summary>
    public void EndOfInterrupt(byte vector)
    {
        foreach (IoApic apic in _ioApics)
        {
            apic.EndOfInterrupt(vector);
        }
    }

    internal void Add(LocalApic apic) => _locals.Add(apic);

    internal void Add(IoApic apic) => _ioApics.Add(apic);

    private static bool IsAddressed(LocalApic apic, in InterruptMessage message)
    {
        uint destination = message.Destination;
        if (destination == Broadcast || (destination == BroadcastXapic && !apic.IsX2))
        {
            return true;
        }

        return message.Logical ? apic.MatchesLogical(destination) : apic.Id == destination;
    }

    // Fairness instead of priorities: the SDM leaves the choice open, and Linux uses fixed delivery anyway.
    private void DeliverToOne(in InterruptMessage message)
    {
        int start = Interlocked.Increment(ref _nextLowest) & int.MaxValue;
        for (int i = 0; i < _locals.Count; i++)
        {
            LocalApic apic = _locals[(start + i) % _locals.Count];
            if (apic.IsEnabled && IsAddressed(apic, message))
            {
                apic.Accept(DeliveryMode.Fixed, message.Vector, message.Level);
                return;
            }
        }
    }
}
