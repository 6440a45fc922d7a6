using System.Runtime.InteropServices;
using Hull.Machine;

namespace Hull.Cpu.Interpreter.Tests;

/// <summary>RAM that appears where it is touched, below a limit.</summary>
internal sealed unsafe class SparseMemory(ulong limit) : IGuestPages, IDisposable
{
    private readonly Dictionary<ulong, nint> _pages = [];

    public CodePages CodePages { get; } = new(new GuestAddress(limit));

    public bool TryGetPage(GuestAddress page, bool forWrite, out nint hostAddress)
    {
        hostAddress = 0;
        if (page.Value >= limit)
        {
            return false;
        }

        if (!_pages.TryGetValue(page.PageNumber, out hostAddress))
        {
            hostAddress = (nint)NativeMemory.AlignedAlloc(4096, 4096);
            NativeMemory.Clear((void*)hostAddress, 4096);
            _pages[page.PageNumber] = hostAddress;
        }

        return true;
    }

    public bool TryRead(GuestAddress address, Span<byte> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            if (!TryGetPage(address + (ulong)i, false, out nint host))
            {
                return false;
            }

            destination[i] = *(byte*)(host + (nint)((address.Value + (ulong)i) & 0xFFF));
        }

        return true;
    }

    public bool TryWrite(GuestAddress address, ReadOnlySpan<byte> source)
    {
        for (int i = 0; i < source.Length; i++)
        {
            if (!TryGetPage(address + (ulong)i, true, out nint host))
            {
                return false;
            }

            *(byte*)(host + (nint)((address.Value + (ulong)i) & 0xFFF)) = source[i];
        }

        CodePages.Written(address, (ulong)source.Length);
        return true;
    }

    public void Dispose()
    {
        foreach (nint page in _pages.Values)
        {
            NativeMemory.AlignedFree((void*)page);
        }
    }
}
