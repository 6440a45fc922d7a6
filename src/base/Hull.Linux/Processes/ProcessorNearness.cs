namespace Hull.Linux;

/// <summary>Keeps two threads on one processor while one of them waits for the other.</summary>
/// <remarks>
/// Threads that take turns, one asking and the other answering, never run at once. On one processor a turn is a switch; on
/// two each turn wakes a processor up, which costs many times as much where an idle one sleeps deeply, and most of all in a
/// virtual machine; and a scheduler that sees an idle processor takes it. So who asks stays where it is until it has its answer
/// and says where that is, and who answers follows. Source: sched_setaffinity(2), getcpu(2). For one thread at a time.
/// </remarks>
public sealed class ProcessorNearness
{
    // The most processors a kernel is built for are 8,192; who is on one above these stays free.
    private const int MaxProcessors = 1024;
    private const int WordBits = 64;
    private const int MaskBytes = MaxProcessors / 8;

    private readonly ulong[] _allowed = new ulong[MaxProcessors / WordBits];
    private int _current = -1;

    /// <summary>Remembers where the calling thread may run.</summary>
    public ProcessorNearness() => _ = TryRead();

    /// <summary>Keeps the calling thread on its processor until <see cref="Leave"/>, which has to follow.</summary>
    /// <returns>The processor; negative when that is not known.</returns>
    public int Stay()
    {
        // Asked each time: somebody may have told this process to run elsewhere, and that is not to be undone.
        int processor = TryRead() ? Libc.sched_getcpu() : -1;
        _ = TryPin(processor);
        return processor;
    }

    /// <summary>Lets the calling thread run wherever it might before it stayed.</summary>
    public void Leave() => _ = Libc.sched_setaffinity(0, MaskBytes, in _allowed[0]);

    /// <summary>Takes the calling thread, always the same one, to a processor where it might run from the beginning.</summary>
    /// <param name="processor">Its number, which nobody need have checked: any other is nowhere, and the thread stays where it is.</param>
    public void Follow(int processor)
    {
        if (processor != _current && TryPin(processor))
        {
            _current = processor;
        }
    }

    // An empty set is refused by the kernel, and so leaves everything as it is.
    private bool TryRead()
    {
        bool isKnown = Libc.sched_getaffinity(0, MaskBytes, ref _allowed[0]) >= 0;
        if (!isKnown)
        {
            _allowed.AsSpan().Clear();
        }

        return isKnown;
    }

    private bool TryPin(int processor)
    {
        if ((uint)processor >= MaxProcessors || (_allowed[processor / WordBits] & (1ul << (processor % WordBits))) == 0)
        {
            return false;
        }

        Span<ulong> only = stackalloc ulong[MaxProcessors / WordBits];
        only.Clear();
        only[processor / WordBits] = 1ul << (processor % WordBits);

        // It may have been taken away since.
        return Libc.sched_setaffinity(0, MaskBytes, in only[0]) == 0;
    }
}
