using Hull.Machine;

namespace Hull.Testing;

/// <summary>Guest RAM from address 0, kept in an array.</summary>
public sealed class FlatMemory(int size) : IDiscardableMemory
{
    public byte[] Bytes { get; } = new byte[size];

    public bool TryRead(GuestAddress address, Span<byte> destination)
    {
        if (!IsInside(address, destination.Length))
        {
            return false;
        }

        Bytes.AsSpan((int)address.Value, destination.Length).CopyTo(destination);
        return true;
    }

    public bool TryWrite(GuestAddress address, ReadOnlySpan<byte> source)
    {
        if (!IsInside(address, source.Length))
        {
            return false;
        }

        source.CopyTo(Bytes.AsSpan((int)address.Value));
        return true;
    }

    public bool TryDiscard(GuestAddress address, ulong length)
    {
        bool isWhole = (address.Value | length) % GuestAddress.PageSize == 0 && length is > 0 and <= int.MaxValue;
        if (!isWhole || !IsInside(address, (int)length))
        {
            return false;
        }

        Bytes.AsSpan((int)address.Value, (int)length).Clear();
        return true;
    }

    private bool IsInside(GuestAddress address, int length) =>
        address.Value <= (ulong)Bytes.Length && (ulong)length <= (ulong)Bytes.Length - address.Value;
}
