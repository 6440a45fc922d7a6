using System.Runtime.CompilerServices;

namespace Hull.Cpu.Interpreter;

/// <summary>Locked accesses: single for all processors inside 64 bytes, one big lock when split; and barriers.</summary>
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

    internal bool WriteWith(int set, ulong address, byte* source, int size) =>
        Access(null, address, size, AccessKind.Write, source, set);
}
