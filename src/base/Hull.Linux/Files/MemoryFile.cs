using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>Memory with a descriptor: several mappings, in several processes, may show the same bytes.</summary>
/// <remarks>Source: memfd_create(2), fallocate(2). Pages come into being when first touched. Thread-safe.</remarks>
public sealed class MemoryFile : IDisposable
{
    private readonly FileDescriptor _fd;
    private readonly string _name;

    /// <summary>Creates a file of zeros that takes no memory yet.</summary>
    /// <param name="name">A name for /proc; need not be unique.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="hugePages">Whether pages come from the host's pool of explicit huge pages.</param>
    /// <exception cref="LinuxException">The host refuses; with huge pages usually because its pool is empty.</exception>
    public MemoryFile(string name, long size, bool hugePages = false)
    {
        _name = name;
        uint flags = Libc.MFD_CLOEXEC | (hugePages ? Libc.MFD_HUGETLB : 0);
        _fd = FileDescriptor.Own(Libc.memfd_create(name, flags), "memfd_create", name);
        if (Libc.ftruncate(_fd, size) != 0)
        {
            LinuxException error = LinuxException.Last("ftruncate", name);
            _fd.Dispose();
            throw error;
        }

        Size = size;
    }

    /// <summary>The size in bytes.</summary>
    public long Size { get; }

    /// <summary>The descriptor, to hand to another process.</summary>
    public FileDescriptor Descriptor => _fd;

    /// <summary>Finds the next range that takes memory.</summary>
    /// <param name="from">Where to begin looking.</param>
    /// <param name="start">Its first byte.</param>
    /// <param name="end">The first byte after it.</param>
    /// <returns>False when everything from there on is a hole.</returns>
    /// <exception cref="LinuxException">The host failed.</exception>
    public bool TryFindData(long from, out long start, out long end)
    {
        end = 0;
        start = from < Size ? Libc.lseek(_fd, from, Libc.SEEK_DATA) : -1;
        if (start < 0)
        {
            return from >= Size || (Errno)Marshal.GetLastPInvokeError() == Errno.Nxio
                ? false
                : throw LinuxException.Last("lseek", _name);
        }

        end = Libc.lseek(_fd, start, Libc.SEEK_HOLE);
        return end > start ? true : throw LinuxException.Last("lseek", _name);
    }

    /// <summary>Gives a range back to the host; it reads as zeros afterwards, through every mapping.</summary>
    /// <exception cref="LinuxException">The range is outside the file.</exception>
    public void Discard(long offset, long length)
    {
        const int Mode = Libc.FALLOC_FL_PUNCH_HOLE | Libc.FALLOC_FL_KEEP_SIZE;
        if (Libc.fallocate(_fd, Mode, offset, length) != 0)
        {
            throw LinuxException.Last("fallocate", _name);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();
}
