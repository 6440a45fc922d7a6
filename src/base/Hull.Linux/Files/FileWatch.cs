using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>Announces that one of some files changed; which one is for the reader to find out. Source: inotify(7).</summary>
public sealed class FileWatch : IDisposable
{
    private const int EventBytes = 4096;

    /// <summary>Watches nothing yet.</summary>
    /// <exception cref="LinuxException">This user has too many watches.</exception>
    public FileWatch() =>
        Descriptor = FileDescriptor.Own(Libc.inotify_init1(Libc.IN_CLOEXEC | Libc.IN_NONBLOCK), "inotify_init1");

    /// <summary>Readable once something changed.</summary>
    public FileDescriptor Descriptor { get; }

    /// <summary>Watches one more file; kernel-made files announce changes of their text.</summary>
    /// <exception cref="LinuxException">There is no such file.</exception>
    public void Add(string path)
    {
        if (Libc.inotify_add_watch(Descriptor, path, Libc.IN_MODIFY) < 0)
        {
            throw LinuxException.Last("inotify_add_watch", path);
        }
    }

    /// <summary>Takes every announcement so far without waiting; false when there was none.</summary>
    public bool TryTake()
    {
        Span<byte> events = stackalloc byte[EventBytes];
        bool any = false;
        while (true)
        {
            nint count = Libc.read(Descriptor, events, EventBytes);
            if (count > 0)
            {
                any = true;
            }
            else if (count == 0 || (Errno)Marshal.GetLastPInvokeError() != Errno.Intr)
            {
                return any;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Descriptor.Dispose();
}
