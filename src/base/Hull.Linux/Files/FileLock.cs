using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hull.Linux;

/// <summary>A lock on a file that the kernel lets go when its holder dies, however it dies.</summary>
/// <remarks>
/// Source: fcntl(2), "Open file description locks". Advisory; between processes, and between opens of one process. Not
/// flock(2), because .NET takes locks of that kind on every file it opens. The lock file is created when absent and never
/// removed by this class: removing a lock file that others wait for would make two locks of one. Not thread-safe;
/// disposing releases.
/// </remarks>
public sealed class FileLock : IDisposable
{
    private readonly SafeFileHandle _file;

    private FileLock(SafeFileHandle file) => _file = file;

    /// <summary>Waits until nobody else holds the lock at all.</summary>
    /// <exception cref="LinuxException">The file cannot be locked.</exception>
    public static FileLock Exclusive(string path) => Take(path, Libc.F_WRLCK);

    /// <summary>Waits until nobody holds the lock exclusively.</summary>
    /// <exception cref="LinuxException">The file cannot be locked.</exception>
    public static FileLock Shared(string path) => Take(path, Libc.F_RDLCK);

    /// <summary>Takes the lock if that needs no waiting.</summary>
    /// <returns>Null when somebody else holds it.</returns>
    /// <exception cref="LinuxException">The file cannot be locked.</exception>
    public static FileLock? TryExclusive(string path)
    {
        SafeFileHandle file = Open(path);
        if (TryLock(file, path))
        {
            return new FileLock(file);
        }

        file.Dispose();
        return null;
    }

    /// <summary>Locks an open file for its holder alone if that needs no waiting; closing the file unlocks it.</summary>
    /// <param name="file">The file, open for writing.</param>
    /// <param name="subject">Its name, for the message of a failure.</param>
    /// <returns>False when somebody else holds it.</returns>
    /// <exception cref="LinuxException">The file cannot be locked.</exception>
    public static bool TryLock(SafeFileHandle file, string subject)
    {
        Libc.FlockRange whole = new() { Type = Libc.F_WRLCK };
        if (Libc.fcntl_lock(file, Libc.F_OFD_SETLK, in whole) == 0)
        {
            return true;
        }

        var error = (Errno)Marshal.GetLastPInvokeError();
        return error is Errno.Again or Errno.Acces ? false : throw new LinuxException("fcntl", subject, error);
    }

    /// <summary>The locked file, to be handed to a program this process starts: the lock then ends with the last of both.</summary>
    /// <remarks>Valid while this object lives.</remarks>
    public FileDescriptor Descriptor => FileDescriptor.Borrow((int)_file.DangerousGetHandle());

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static FileLock Take(string path, short type)
    {
        SafeFileHandle file = Open(path);
        Libc.FlockRange whole = new() { Type = type };
        while (Libc.fcntl_lock(file, Libc.F_OFD_SETLKW, in whole) != 0)
        {
            var error = (Errno)Marshal.GetLastPInvokeError();
            if (error != Errno.Intr)
            {
                file.Dispose();
                throw new LinuxException("fcntl", path, error);
            }
        }

        return new FileLock(file);
    }

    private static SafeFileHandle Open(string path) =>
        File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
}
