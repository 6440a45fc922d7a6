namespace Hull.Machine;

/// <summary>Remembers which guest pages hold code that some processor has decoded, and tells processors when such a page is written.</summary>
/// <remarks>
/// Thread-safe. A processor marks a page before it reads the code; whoever writes to a marked page (a device through
/// <see cref="IGuestMemory"/>, another processor) reports it after the bytes are there; every processor that marked the page then
/// drops what it decoded from it.
/// </remarks>
public sealed class CodePages
{
    // Processors from this number on share its bit: they are told of their own writes too.
    private const int SharedToken = 31;

    private const int ChunkBits = 16;
    private const ulong ChunkPages = 1ul << ChunkBits;

    private readonly uint[]?[] _chunks; // one word a page, a bit a processor; chunks appear when code does
    private readonly Lock _lock = new();
    private Action<GuestAddress, bool>?[] _listeners = [];

    /// <summary>Covers physical addresses from 0 up to a limit; pages above it are never marked.</summary>
    /// <param name="limit">The first address after the highest RAM.</param>
    public CodePages(GuestAddress limit) => _chunks = new uint[]?[(limit.PageNumber >> ChunkBits) + 1];

    /// <summary>Whether some processor decoded code from the page.</summary>
    public bool IsMarked(GuestAddress page) => MarksOf(page.PageNumber) != 0;

    /// <summary>Marks a page; called by a processor before it decodes from it.</summary>
    /// <param name="page">Any address in the page.</param>
    /// <param name="listener">What <see cref="Subscribe"/> returned to the processor.</param>
    /// <returns>True when nobody had marked the page before: all listeners have been told to drop write access to it.</returns>
    public bool Mark(GuestAddress page, int listener)
    {
        ulong chunk = page.PageNumber >> ChunkBits;
        if (chunk >= (ulong)_chunks.Length)
        {
            return false;
        }

        uint[] marks = Volatile.Read(ref _chunks[chunk])
            ?? Interlocked.CompareExchange(ref _chunks[chunk], new uint[ChunkPages], null) ?? _chunks[chunk]!; // never null again
        if (Interlocked.Or(ref marks[page.PageNumber % ChunkPages], Bit(listener)) != 0)
        {
            return false;
        }

        foreach (Action<GuestAddress, bool>? each in Volatile.Read(ref _listeners))
        {
            each?.Invoke(page.PageStart, false);
        }

        return true;
    }

    /// <summary>Takes one processor's mark off: it has nothing decoded from the page any more.</summary>
    public void Unmark(GuestAddress page, int listener)
    {
        if (listener < SharedToken && MarksOf(page.PageNumber) != 0)
        {
            Interlocked.And(ref Word(page.PageNumber), ~Bit(listener));
        }
    }

    /// <summary>Reports a write; cheap when no page of the range is marked. Takes the marks off that are told.</summary>
    /// <param name="address">The first byte that was written.</param>
    /// <param name="length">How many bytes were written.</param>
    /// <param name="writer">The processor that wrote and looks after its own code by itself, or -1: everybody is told.</param>
    public void Written(GuestAddress address, ulong length, int writer = -1)
    {
        if (length == 0)
        {
            return;
        }

        Interlocked.MemoryBarrier(); // pairs with Mark: the bytes are there before the mark is looked at
        uint told = writer is >= 0 and < SharedToken ? ~Bit(writer) : uint.MaxValue;
        ulong last = Math.Min((address + (length - 1)).PageNumber, ((ulong)_chunks.Length * ChunkPages) - 1);
        for (ulong number = address.PageNumber; number <= last; number++)
        {
            if ((MarksOf(number) & told) != 0)
            {
                Tell(number, Interlocked.And(ref Word(number), ~told) & told);
            }
        }
    }

    /// <summary>Adds a processor's listener: (page, true) = written, drop its code; (page, false) = now code, drop write access.</summary>
    /// <remarks>Called on any thread; it must only take a note.</remarks>
    /// <returns>The listener's number.</returns>
    public int Subscribe(Action<GuestAddress, bool> listener)
    {
        lock (_lock)
        {
            int free = Array.IndexOf(_listeners, null);
            if (free < 0)
            {
                free = _listeners.Length;
                Volatile.Write(ref _listeners, [.. _listeners, listener]);
            }
            else
            {
                _listeners[free] = listener;
            }

            return free;
        }
    }

    /// <summary>Takes a listener away.</summary>
    public void Unsubscribe(int listener)
    {
        lock (_lock)
        {
            _listeners[listener] = null;
        }
    }

    private uint MarksOf(ulong number)
    {
        ulong chunk = number >> ChunkBits;
        uint[]? marks = chunk < (ulong)_chunks.Length ? Volatile.Read(ref _chunks[chunk]) : null;
        return marks == null ? 0 : Volatile.Read(ref marks[number % ChunkPages]);
    }

    private ref uint Word(ulong number) => ref _chunks[number >> ChunkBits]![number % ChunkPages]; // a page with marks has its chunk

    private static uint Bit(int listener) => 1u << Math.Min(listener, SharedToken);

    private void Tell(ulong number, uint marks)
    {
        Action<GuestAddress, bool>?[] listeners = Volatile.Read(ref _listeners);
        for (int i = 0; i < listeners.Length; i++)
        {
            if ((marks & Bit(i)) != 0)
            {
                listeners[i]?.Invoke(new GuestAddress(number << 12), true);
            }
        }
    }
}
