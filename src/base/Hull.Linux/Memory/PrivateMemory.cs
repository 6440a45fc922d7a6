namespace Hull.Linux;

/// <summary>Zeroed memory of this process that comes into being page by page, and whose pages can be given back.</summary>
/// <remarks>The allocator of the C library keeps what is freed when it sees fit; this does not. Source: mmap(2), madvise(2) "MADV_DONTNEED".</remarks>
public sealed class PrivateMemory : IDisposable
{
    private readonly nuint _size;
    private nint _base;

    /// <summary>Reserves the memory; its pages come when they are touched.</summary>
    /// <param name="bytes">How much.</param>
    /// <exception cref="LinuxException">There are not that many addresses.</exception>
    public PrivateMemory(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        _size = (nuint)bytes;
        const int Flags = Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE;
        nint address = Libc.mmap(0, _size, Libc.PROT_READ | Libc.PROT_WRITE, Flags, -1, 0);
        _base = address != -1 ? address : throw LinuxException.Last("mmap", "private memory");
    }

    /// <summary>The first address; for those few who may use pointers.</summary>
    public nint Base => _base;

    /// <summary>Gives every page back; the memory is zero again.</summary>
    /// <remarks>Where the kernel refuses, the pages stay as they are: the contents count as lost either way.</remarks>
    public void GiveBack() => _ = Libc.madvise(_base, _size, Libc.MADV_DONTNEED);

    /// <inheritdoc/>
    public void Dispose()
    {
        nint address = Interlocked.Exchange(ref _base, 0);
        if (address != 0)
        {
            _ = Libc.munmap(address, _size);
        }
    }
}
