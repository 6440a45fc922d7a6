using System.Buffers.Binary;
using Hull.Machine.Memory;

namespace Hull.Machine.Boot;

/// <summary>Puts things into guest memory before the guest runs; one that does not fit is the operator's to know.</summary>
internal sealed class GuestImage(GuestMemory memory)
{
    /// <summary>End of the RAM that starts at 0.</summary>
    internal ulong LowEnd => memory.Ranges[0].End.Value;

    internal IReadOnlyList<MemoryRange> Ranges => memory.Ranges;

    /// <summary>Copies bytes.</summary>
    /// <exception cref="HullException">They do not fit into the machine's memory.</exception>
    internal void Write(ulong address, ReadOnlySpan<byte> bytes, string what)
    {
        if (!memory.TryWrite(new GuestAddress(address), bytes))
        {
            throw TooSmall(what, (ulong)bytes.Length);
        }
    }

    internal void WriteQword(ulong address, ulong value, string what)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Write(address, bytes, what);
    }

    internal HullException TooSmall(string what, ulong bytes) => new(
        ErrorKind.InvalidArgument,
        $"The {what} needs {new ByteSize((long)bytes)} and does not fit into the machine's {new ByteSize(memory.Size)} of memory; give it more.");
}
