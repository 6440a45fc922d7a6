namespace Hull.Linux;

/// <summary>Files that several processes append to: each write lands whole at the end. Source: open(2), O_APPEND.</summary>
public static class AppendFile
{
    private const int OwnerWritesGroupReads = 0x1a0;

    /// <summary>Opens a file for appending and makes it (mode 0640) when it is missing.</summary>
    /// <exception cref="LinuxException">It cannot be opened.</exception>
    public static FileDescriptor Open(string path) => FileDescriptor.Own(
        Libc.open(path, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_APPEND | Libc.O_CLOEXEC, OwnerWritesGroupReads), "open", path);

    /// <summary>Opens a device or pipe for reading and writing without waiting for its other side.</summary>
    /// <exception cref="LinuxException">It cannot be opened.</exception>
    public static FileDescriptor OpenDevice(string path) =>
        FileDescriptor.Own(Libc.open(path, Libc.O_RDWR | Libc.O_CLOEXEC), "open", path);
}
