using Hull.Linux;
using Hull.Machine;

namespace Hull.Cpu.Kvm;

/// <summary>Doorbells that KVM rings itself, and the thread that answers them.</summary>
/// <remarks>Source: Documentation/virt/kvm/api.rst, KVM_IOEVENTFD. Thread-safe. The thread begins with the first doorbell.</remarks>
internal sealed class KvmDoorbells(KvmMachine machine) : IDoorbells, IDisposable
{
    private readonly Lock _gate = new();
    private readonly EventFd _changed = new();
    private readonly List<Doorbell> _bells = [];
    private Thread? _thread;
    private volatile bool _isDisposed;

    /// <inheritdoc/>
    public bool TryAdd(GuestAddress address, int bytes, ulong value, Action rung)
    {
        lock (_gate)
        {
            if (_bells.Find(bell => (bell.Address, bell.Bytes, bell.Value) == (address, bytes, value)) is { } known)
            {
                known.Rung = rung;
                return true;
            }

            EventFd bell = new();
            if (!machine.TrySetDoorbell(address.Value, bytes, value, bell))
            {
                bell.Dispose();
                return false;
            }

            _bells.Add(new Doorbell(address, bytes, value, bell) { Rung = rung });
            Watch();
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _changed.Signal();
        _thread?.Join();
        _bells.ForEach(bell => bell.Event.Dispose());
        _changed.Dispose();
    }

    private void Watch()
    {
        if (_thread is not null)
        {
            _changed.Signal();
            return;
        }

        _thread = new Thread(Answer) { IsBackground = true, Name = "doorbells" };
        _thread.Start();
    }

    private void Answer()
    {
        while (!_isDisposed)
        {
            Doorbell[] bells;
            lock (_gate)
            {
                bells = [.. _bells];
            }

            var entries = new PollEntry[bells.Length + 1];
            for (int i = 0; i < entries.Length; i++)
            {
                entries[i] = new PollEntry((i == 0 ? _changed : bells[i - 1].Event).Descriptor, PollEvents.In);
            }

            AnswerUntilChanged(bells, entries);
        }
    }

    private void AnswerUntilChanged(Doorbell[] bells, PollEntry[] entries)
    {
        while (true)
        {
            _ = DescriptorIo.Poll(entries, -1);
            if (_changed.TryTake())
            {
                return;
            }

            foreach (Doorbell bell in bells)
            {
                // Taken before it is answered: a ring during the answer is another one.
                if (bell.Event.TryTake())
                {
                    bell.Rung();
                }
            }
        }
    }

    private sealed record Doorbell(GuestAddress Address, int Bytes, ulong Value, EventFd Event)
    {
        private volatile Action _rung = () => { };

        internal Action Rung { get => _rung; set => _rung = value; }
    }
}
