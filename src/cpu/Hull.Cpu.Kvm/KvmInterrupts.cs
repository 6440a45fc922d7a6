using Hull.Linux;
using Hull.Machine;

namespace Hull.Cpu.Kvm;

/// <summary>The inputs of a board's I/O APIC as wires into KVM's local APICs: writing an event raises one.</summary>
/// <remarks>
/// Source: Documentation/virt/kvm/api.rst, KVM_IRQFD and KVM_SET_GSI_ROUTING. Thread-safe. A wire is there as long as its input has a message
/// to send; what is rung while the machine stands still arrives when it is connected again.
/// </remarks>
internal sealed class KvmInterrupts(KvmMachine machine) : IHostedInterrupts, IDisposable
{
    /// <summary>How many inputs there may be.</summary>
    internal const int Inputs = 24;

    private readonly Lock _gate = new();
    private readonly MessageSignal?[] _routes = new MessageSignal?[Inputs];
    private readonly EventFd?[] _wires = new EventFd?[Inputs];
    private readonly bool[] _isConnected = new bool[Inputs];
    private bool _isDisposed;

    /// <summary>How often KVM was told other routes.</summary>
    internal int Published { get; private set; }

    /// <inheritdoc/>
    public void Send(MessageSignal message) => _ = machine.Signal(message.Address, message.Data);

    /// <inheritdoc/>
    public void SetRoutes(ReadOnlySpan<MessageSignal?> routes)
    {
        lock (_gate)
        {
            // What a guest writes often changes nothing: masked twice, or one half of an entry that is masked still.
            if (!routes.SequenceEqual(_routes))
            {
                Publish(routes);
            }

            for (int i = 0; i < Inputs; i++)
            {
                if (_routes[i] is not null && !_isConnected[i])
                {
                    machine.ConnectWire(i, _wires[i] ??= new EventFd());
                    _isConnected[i] = true;
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Raise(int input)
    {
        lock (_gate)
        {
            if (!_isDisposed && (uint)input < Inputs)
            {
                _wires[input]?.Signal();
            }
        }
    }

    /// <inheritdoc/>
    public void Disconnect()
    {
        lock (_gate)
        {
            for (int i = 0; i < Inputs && !_isDisposed; i++)
            {
                if (_isConnected[i] && _wires[i] is { } wire)
                {
                    machine.DisconnectWire(i, wire);
                    _isConnected[i] = false;
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            foreach (EventFd? wire in _wires)
            {
                wire?.Dispose();
            }
        }
    }

    private void Publish(ReadOnlySpan<MessageSignal?> routes)
    {
        List<KvmRoute> table = [];
        for (int i = 0; i < routes.Length && i < Inputs; i++)
        {
            if (routes[i] is { } message)
            {
                table.Add(new KvmRoute(i, message.Address, message.Data));
            }
        }

        machine.SetRoutes(table.ToArray());
        routes[..Math.Min(routes.Length, Inputs)].CopyTo(_routes);
        Published++;
    }
}
