using System.Runtime.CompilerServices;

namespace Hull.Cpu.Interpreter;

/// <summary>Locked accesses: single for all processors inside 64 bytes, one big lock and two exchanges when split; and barriers.</summary>
// SAFETY: pointers come from Direct and lie in one writable RAM page.
internal sealed unsafe partial class Cpu
{
    internal static Lock SplitLock => s_splitLock;

    private const int LineBytes = 64;

    /// <summary>
    /// Lets no later load come before an earlier store: what MFENCE and serializing instructions promise and the host's plain loads and
    /// stores, which are the guest's, do not keep. Pairs with itself on another processor.
    /// </summary>
    internal static void Serialize() => Interlocked.MemoryBarrier();

    /// <summary>A host address that the host's own locked instructions take at no other cost, or null when the access must take <see cref="SplitLock"/> (or faulted: see Faulted).</summary>
    internal T* Lockable<T>(Op* op, ulong address)
        where T : unmanaged
    {
        // Page and line begin at the same places in host and guest.
        if ((address & (LineBytes - 1)) + (ulong)sizeof(T) > LineBytes)
        {
            return null;
        }

        T* at = Direct<T>(address);
        if (at == null && RmwBegin<T>(op, address, out _))
        {
            at = Direct<T>(address); // the check filled the TLB, unless it is a device or a page of code
        }

        return at;
    }

    /// <summary>Compare and exchange of any size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool Exchange<T>(T* at, ulong expected, ulong value)
        where T : unmanaged => sizeof(T) switch
        {
            1 => Interlocked.CompareExchange(ref *(byte*)at, (byte)value, (byte)expected) == (byte)expected,
            2 => Interlocked.CompareExchange(ref *(ushort*)at, (ushort)value, (ushort)expected) == (ushort)expected,
            4 => Interlocked.CompareExchange(ref *(uint*)at, (uint)value, (uint)expected) == (uint)expected,
            _ => Interlocked.CompareExchange(ref *(ulong*)at, value, expected) == expected,
        };

    /// <summary>
    /// Second half of a locked access that crosses a line, under <see cref="SplitLock"/>: an exchange of the word on either side, so that no
    /// other processor's plain store gets lost. One that comes between the two counts as later than this access.
    /// </summary>
    /// <returns>False when the bytes changed since they were read: compute anew.</returns>
    internal bool TryEndSplit<T>(Op* op, ulong address, ulong old, ulong value)
        where T : unmanaged
    {
        int before = LineBytes - (int)(address & (LineBytes - 1));
        byte* first = Direct<byte>(address);
        byte* last = Direct<byte>(address + (ulong)(sizeof(T) - 1));
        if (before >= sizeof(T) || first == null || last == null)
        {
            RmwEnd<T>(op, address, value); // a device, or a page of code
            return true;
        }

        // The last eight bytes of one line and the first eight of the next.
        ref ulong low = ref *(ulong*)(((nint)first | (LineBytes - 1)) - (sizeof(ulong) - 1));
        ref ulong high = ref *(ulong*)((nint)last & -LineBytes);
        int shift = (sizeof(ulong) - before) * 8;
        ulong lowMask = ulong.MaxValue << shift;
        ulong highMask = (1ul << ((sizeof(T) - before) * 8)) - 1;
        ulong oldHigh = old >> (before * 8);
        ulong seen;
        do
        {
            seen = Volatile.Read(ref low);
            if ((seen & lowMask) != old << shift || (Volatile.Read(ref high) & highMask) != oldHigh)
            {
                return false;
            }
        }
        while (Interlocked.CompareExchange(ref low, (seen & ~lowMask) | (value << shift), seen) != seen);

        ulong next;
        do
        {
            seen = Volatile.Read(ref high);
            ulong unchanged = highMask & ~ChangedBytes(seen ^ oldHigh);
            next = (seen & ~unchanged) | ((value >> (before * 8)) & unchanged);
        }
        while (Interlocked.CompareExchange(ref high, next, seen) != seen);
        return true;
    }

    // All bits of every byte that is not zero.
    private static ulong ChangedBytes(ulong difference)
    {
        const ulong Low = 0x7F7F7F7F7F7F7F7F;
        ulong top = (((difference & Low) + Low) | difference) & ~Low;
        return (top >> 7) * 0xFF;
    }

    internal bool WriteWith(int set, ulong address, byte* source, int size) =>
        Access(null, address, size, AccessKind.Write, source, set);
}
