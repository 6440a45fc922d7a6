namespace Hull.Machine;

/// <summary>Remembers which guest pages hold code that some processor has decoded, and tells processors when such a page is written.</summary>
/// <remarks>
/// Thread-safe. A processor marks a page before it reads the code; whoever writes to a marked page (a device through
/// <see cref="IGuestMemory"/>, another processor) reports it; every processor then drops what it decoded from it.
/// </remarks>
public sealed class CodePages
{
    private readonly ulong[] _marks;
    private readonly Lock _lock = new();
    private Action<GuestAddress, bool>[] _listeners = [];

    /// <summary>Covers physical addresses from 0 up to a limit; pages above it are never marked.</summary>
    /// <param name="limit">The first address after the highest RAM.</param>
    public CodePages(GuestAddress limit) => _marks = new ulong[(limit.PageNumber / 64) + 1];

    /// <summary>Whether some processor decoded code from the page.</summary>
    public bool IsMarked(GuestAddress page)
    {
        ulong number = page.PageNumber;
        return number / 64 < (ulong)_marks.Length
            && (Volatile.Read(ref _marks[number / 64]) & (1ul << (int)(number % 64))) != 0;
    }

    /// <summary>Marks a page; called by a processor before it decodes from it.</summary>
    /// <returns>True when the page was not marked before: all listeners have been told to drop write access to it.</returns>
    public bool Mark(GuestAddress page)
    {
        ulong number = page.PageNumber;
        if (number / 64 >= (ulong)_marks.Length)
        {
            return false;
        }

        ulong bit = 1ul << (int)(number % 64);
        if ((Interlocked.Or(ref _marks[number / 64], bit) & bit) != 0)
        {
            return false;
        }

        foreach (Action<GuestAddress, bool> listener in Volatile.Read(ref _listeners))
        {
            listener(page.PageStart, false);
        }

        return true;
    }

    /// <summary>Reports a write; cheap when no page of the range is marked. Takes the marks off.</summary>
    public void Written(GuestAddress address, ulong length)
    {
        if (length == 0)
        {
            return;
        }

        ulong last = Math.Min((address + (length - 1)).PageNumber, ((ulong)_marks.Length * 64) - 1);
        for (ulong number = address.PageNumber; number <= last; number++)
        {
            ulong bit = 1ul << (int)(number % 64);
            if ((Volatile.Read(ref _marks[number / 64]) & bit) == 0)
            {
                continue;
            }

            Interlocked.And(ref _marks[number / 64], ~bit);
            foreach (Action<GuestAddress, bool> listener in Volatile.Read(ref _listeners))
            {
                listener(new GuestAddress(number << 12), true);
            }
        }
    }

    /// <summary>Adds a processor's listener: (page, true) = written, drop its code; (page, false) = now code, drop write access.</summary>
    /// <remarks>Called on any thread; it must only take a note.</remarks>
    public void Subscribe(Action<GuestAddress, bool> listener)
    {
        lock (_lock)
        {
            _listeners = [.. _listeners, listener];
        }
    }

    /// <summary>Takes a listener away.</summary>
    public void Unsubscribe(Action<GuestAddress, bool> listener)
    {
        lock (_lock)
        {
            _listeners = [.. _listeners.Where(other => other != listener)];
        }
    }
}
