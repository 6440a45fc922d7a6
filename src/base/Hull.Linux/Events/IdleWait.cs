using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>Waits for events without keeping the program's own code and constants in memory.</summary>
/// <remarks>
/// For a process that does much once and then waits for days. Returning from a system call runs through dozens of pages of
/// the program, each of which the kernel maps with its neighbours; so the pages are given back, and the wait is made, by a
/// routine that is not part of the program's file (<see cref="IdleCode"/>). Each page comes back when it is used again.
/// Not thread-safe. Source: madvise(2) "MADV_DONTNEED"; epoll_wait(2).
/// </remarks>
public sealed class IdleWait : IDisposable
{
    private const int PageBytes = 4096;
    private const int MaxRanges = 16;
    private const int HeadWords = 5;

    private readonly nint _code;
    private readonly List<AddressRange> _ranges = [];

    private IdleWait(nint code, IEnumerable<AddressRange> ranges)
    {
        _code = code;
        _ranges.AddRange(ranges.Take(MaxRanges));
    }

    /// <summary>Prepares waits; null where the kernel or the processor cannot do it, and waits are to be made as always.</summary>
    public static IdleWait? TryCreate()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return null;
        }

        try
        {
            using FileDescriptor file = SpawnImage.MemoryFileOf(IdleCode.Bytes);
            return new IdleWait(SpawnImage.MapCode(file), ProgramPages.Find());
        }
        catch (LinuxException)
        {
            return null;
        }
    }

    /// <summary>Bytes of address space that are given back before each wait.</summary>
    public long Bytes => _ranges.Sum(range => range.Length);

    /// <summary>Gives the pages back and waits, as <see cref="Epoll.Wait"/> does.</summary>
    public unsafe int Wait(Epoll epoll, Span<EpollEvent> events, int timeoutMs)
    {
        ArgumentNullException.ThrowIfNull(epoll);
        long* block = stackalloc long[HeadWords + (2 * MaxRanges)];

        // SAFETY: the block and the pinned events live until the call returns; the code writes no memory itself, and the kernel
        // writes at most events.Length events. The ranges are mappings of the program's file that cannot be written and had no
        // page of their own, so that every page of them can be read from the file again.
        fixed (EpollEvent* first = events)
        {
            block[0] = epoll.Descriptor.Number;
            block[1] = (long)first;
            block[2] = events.Length;
            block[3] = timeoutMs;
            block[4] = _ranges.Count;
            for (int i = 0; i < _ranges.Count; i++)
            {
                block[HeadWords + (2 * i)] = _ranges[i].Start;
                block[HeadWords + (2 * i) + 1] = _ranges[i].Length;
            }

            int result = (int)((delegate* unmanaged<long*, nint>)_code)(block);
            return result >= 0 ? result
                : -result == (int)Errno.Intr ? 0
                : throw new LinuxException("epoll_wait", "", (Errno)(-result));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _ = Libc.munmap(_code, PageBytes);
}
