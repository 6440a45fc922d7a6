namespace Hull.Linux;

/// <summary>Makes names durable: a rename survives a power cut only once its directory is on disk.</summary>
/// <remarks>Source: fsync(2), rename(2).</remarks>
public static class DirectorySync
{
    private const int ReadOnlyCloseOnExec = 0x80000;

    /// <summary>Waits until the entries of a directory are on disk.</summary>
    /// <exception cref="LinuxException">The directory cannot be opened or written.</exception>
    public static void Flush(string directory)
    {
        using var handle = FileDescriptor.Own(Libc.open(directory, ReadOnlyCloseOnExec, 0), "open", directory);
        if (Libc.fsync(handle) != 0)
        {
            throw LinuxException.Last("fsync", directory);
        }
    }
}
