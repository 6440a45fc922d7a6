using System.Runtime.InteropServices;
using Hull.Machine;

namespace Hull.Cpu.Native;

/// <summary>A small flat RAM for the interpreter.</summary>
internal sealed class RigMemory : IGuestPages
{
    private const int PageBytes = 0x1000;

    private readonly byte[] _bytes;
    private readonly nint _base;

    internal RigMemory(int size)
    {
        _bytes = GC.AllocateArray<byte>(size + PageBytes, pinned: true);
        nint at = Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0);
        _base = (at + PageBytes - 1) & -PageBytes;
        Bytes = _bytes.AsMemory((int)(_base - at), size);
        CodePages = new CodePages(new GuestAddress((ulong)size));
    }

    internal Memory<byte> Bytes { get; }

    public CodePages CodePages { get; }

    public bool TryGetPage(GuestAddress page, bool forWrite, out nint hostAddress)
    {
        bool inside = page.Value < (ulong)Bytes.Length;
        hostAddress = inside ? _base + (nint)(page.Value & ~0xFFFul) : 0;
        return inside;
    }

    public bool TryRead(GuestAddress address, Span<byte> destination)
    {
        bool inside = address.Value + (ulong)destination.Length <= (ulong)Bytes.Length;
        if (inside)
        {
            Bytes.Span.Slice((int)address.Value, destination.Length).CopyTo(destination);
        }

        return inside;
    }

    public bool TryWrite(GuestAddress address, ReadOnlySpan<byte> source)
    {
        source.CopyTo(Bytes.Span[(int)address.Value..]);
        CodePages.Written(address, (ulong)source.Length);
        return true;
    }
}
