namespace Hull.Machine;

/// <summary>A physical address of a guest.</summary>
/// <param name="Value">The address in bytes from 0.</param>
public readonly record struct GuestAddress(ulong Value) : IComparable<GuestAddress>
{
    /// <summary>Bytes of the smallest page.</summary>
    public const int PageSize = 4096;

    /// <summary>The number of the 4 KiB page this address lies in.</summary>
    public ulong PageNumber => Value >> 12;

    /// <summary>The first address of the page.</summary>
    public GuestAddress PageStart => new(Value & ~0xFFFul);

    /// <summary>Moves forward.</summary>
    /// <returns>False when the sum does not fit into 64 bits.</returns>
    public bool TryAdd(ulong bytes, out GuestAddress sum)
    {
        sum = new GuestAddress(unchecked(Value + bytes));
        return sum.Value >= Value;
    }

    /// <summary>Moves forward and wraps at 64 bits.</summary>
    public static GuestAddress operator +(GuestAddress address, ulong bytes) => new(unchecked(address.Value + bytes));

    /// <inheritdoc cref="op_Addition"/>
    public static GuestAddress Add(GuestAddress address, ulong bytes) => address + bytes;

    /// <summary>Whether one address is below another.</summary>
    public static bool operator <(GuestAddress left, GuestAddress right) => left.Value < right.Value;

    /// <summary>Whether one address is above another.</summary>
    public static bool operator >(GuestAddress left, GuestAddress right) => left.Value > right.Value;

    /// <summary>Whether one address is at most another.</summary>
    public static bool operator <=(GuestAddress left, GuestAddress right) => left.Value <= right.Value;

    /// <summary>Whether one address is at least another.</summary>
    public static bool operator >=(GuestAddress left, GuestAddress right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public int CompareTo(GuestAddress other) => Value.CompareTo(other.Value);

    /// <summary>Hexadecimal, as manuals write it.</summary>
    public override string ToString() => $"0x{Value:x}";
}
