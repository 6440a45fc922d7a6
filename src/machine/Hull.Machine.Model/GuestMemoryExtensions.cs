using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hull.Machine;

/// <summary>Little-endian integers in guest memory.</summary>
public static class GuestMemoryExtensions
{
    /// <summary>Reads one integer.</summary>
    /// <returns>False when a byte of it is not RAM.</returns>
    public static bool TryReadInteger<T>(this IGuestMemory memory, GuestAddress address, out T value)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        ArgumentNullException.ThrowIfNull(memory);
        value = default;
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<T>(ref value));
        bool read = memory.TryRead(address, bytes);
        if (!BitConverter.IsLittleEndian)
        {
            bytes.Reverse();
        }

        return read;
    }

    /// <summary>Writes one integer.</summary>
    /// <returns>False when a byte of it is not writable RAM.</returns>
    public static bool TryWriteInteger<T>(this IGuestMemory memory, GuestAddress address, T value)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        ArgumentNullException.ThrowIfNull(memory);
        Span<byte> bytes = stackalloc byte[Unsafe.SizeOf<T>()];
        value.WriteLittleEndian(bytes);
        return memory.TryWrite(address, bytes);
    }
}
