namespace Hull.Linux;

/// <summary>A reserved range of this process's addresses into which files are mapped piece by piece.</summary>
/// <remarks>
/// What is not mapped cannot be touched: an access there is a fault. Source: mmap(2).
/// Mapping is for one thread at a time; the mapped memory is for everybody.
/// </remarks>
public sealed class AddressWindow : IDisposable
{
    private nint _base;

    /// <summary>Reserves addresses; takes no memory.</summary>
    /// <param name="size">How many bytes; a multiple of the page size.</param>
    /// <exception cref="LinuxException">There are not that many addresses.</exception>
    public AddressWindow(ulong size)
    {
        const int Flags = Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE;
        nint address = Libc.mmap(0, (nuint)size, Libc.PROT_NONE, Flags, -1, 0);
        if (address == -1)
        {
            throw LinuxException.Last("mmap", "address window");
        }

        _base = address;
        Size = size;
    }

    /// <summary>The first address; for those few who may use pointers.</summary>
    public nint Base => _base;

    /// <summary>The size in bytes.</summary>
    public ulong Size { get; }

    /// <summary>Shows a part of a memory file at a place in the window.</summary>
    /// <param name="offset">Where in the window; page aligned.</param>
    /// <param name="file">Whose bytes.</param>
    /// <param name="fileOffset">From which byte of it; page aligned.</param>
    /// <param name="length">How many bytes.</param>
    /// <param name="writable">Whether the memory may be written.</param>
    /// <param name="reserve">Whether all of it is set aside now: without, touching a page of an empty pool of huge pages ends the process.</param>
    /// <exception cref="LinuxException">The host refuses.</exception>
    public void Map(ulong offset, MemoryFile file, long fileOffset, ulong length, bool writable = true, bool reserve = false)
    {
        Check(offset, length);
        int protection = Libc.PROT_READ | (writable ? Libc.PROT_WRITE : 0);
        int flags = Libc.MAP_SHARED | Libc.MAP_FIXED | (reserve ? 0 : Libc.MAP_NORESERVE);
        nint at = _base + (nint)offset;
        if (Libc.mmap(at, (nuint)length, protection, flags, file.Descriptor.Number, fileOffset) == -1)
        {
            throw LinuxException.Last("mmap", "address window");
        }
    }

    /// <summary>Takes a range out of use again.</summary>
    /// <exception cref="LinuxException">The host refuses.</exception>
    public void Unmap(ulong offset, ulong length)
    {
        Check(offset, length);
        const int Flags = Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_FIXED | Libc.MAP_NORESERVE;
        if (Libc.mmap(_base + (nint)offset, (nuint)length, Libc.PROT_NONE, Flags, -1, 0) == -1)
        {
            throw LinuxException.Last("mmap", "address window");
        }
    }

    /// <summary>Asks for transparent huge pages where the host has them; a wish, never a failure.</summary>
    public void PreferHugePages(ulong offset, ulong length)
    {
        Check(offset, length);
        _ = Libc.madvise(_base + (nint)offset, (nuint)length, Libc.MADV_HUGEPAGE);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        nint address = Interlocked.Exchange(ref _base, 0);
        if (address != 0)
        {
            _ = Libc.munmap(address, (nuint)Size);
        }
    }

    private void Check(ulong offset, ulong length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Size - offset);
    }
}
