namespace Hull.Linux;

/// <content>What is asked of open files, and on whose behalf.</content>
public static partial class NodeFile
{
    /// <summary>Reads from an open file.</summary>
    /// <returns>The number of bytes, or a negative error number.</returns>
    public static int Read(FileDescriptor file, Span<byte> bytes, long offset) =>
        Count(Libc.pread(file, bytes, (nuint)bytes.Length, offset));

    /// <summary>Writes to an open file.</summary>
    /// <returns>The number of bytes, or a negative error number.</returns>
    public static int Write(FileDescriptor file, ReadOnlySpan<byte> bytes, long offset) =>
        Count(Libc.pwrite(file, bytes, (nuint)bytes.Length, offset));

    /// <summary>Makes what was written last.</summary>
    /// <param name="file">The file.</param>
    /// <param name="dataOnly">Whether times may be lost.</param>
    public static Errno Sync(FileDescriptor file, bool dataOnly) => Result(dataOnly ? Libc.fdatasync(file) : Libc.fsync(file));

    /// <summary>Makes everything of a file system last.</summary>
    public static Errno SyncAll(FileDescriptor file) => Result(Libc.syncfs(file));

    /// <summary>Gives a range room, or takes it. Source: fallocate(2).</summary>
    public static Errno Allocate(FileDescriptor file, int mode, long offset, long length) =>
        Result(Libc.fallocate(file, mode, offset, length));

    /// <summary>Finds data, holes, or a place in a directory. Source: lseek(2).</summary>
    /// <returns>The offset, or a negative error number.</returns>
    public static long Seek(FileDescriptor file, long offset, int whence)
    {
        long result = Libc.lseek(file, offset, whence);
        return result >= 0 ? result : -(long)Last();
    }

    /// <summary>Copies between open files. Source: copy_file_range(2).</summary>
    /// <returns>The number of bytes, or a negative error number.</returns>
    public static unsafe int CopyRange(FileDescriptor from, long fromOffset, FileDescriptor to, long toOffset, int length)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);

        // SAFETY: both offsets are locals of this frame.
        return Count(Libc.system_call(
            Libc.SYS_copy_file_range, from.Number, (nint)(&fromOffset), to.Number, (nint)(&toOffset), length, 0));
    }

    /// <summary>Reads entries of an open directory as the kernel writes them. Source: getdents64(2).</summary>
    /// <returns>The number of bytes, 0 at the end, or a negative error number.</returns>
    public static int ReadEntries(FileDescriptor directory, Span<byte> entries) =>
        Count(Libc.getdents64(Libc.SYS_getdents64_x64, directory, entries, (nuint)entries.Length));

    /// <summary>Lets this thread make and open files as a user does, until <see cref="ActAsRoot"/>.</summary>
    /// <remarks>Source: setfsuid(2). The thread loses its privileges over files meanwhile.</remarks>
    public static void ActAs(uint uid, uint gid)
    {
        _ = Libc.system_call(Libc.SYS_setfsgid, (nint)gid, 0, 0, 0, 0, 0);
        _ = Libc.system_call(Libc.SYS_setfsuid, (nint)uid, 0, 0, 0, 0, 0);
    }

    /// <summary>Takes back <see cref="ActAs"/>.</summary>
    public static void ActAsRoot()
    {
        _ = Libc.system_call(Libc.SYS_setfsuid, 0, 0, 0, 0, 0, 0);
        _ = Libc.system_call(Libc.SYS_setfsgid, 0, 0, 0, 0, 0, 0);
    }

    /// <summary>Stops this process from taking permission bits off new files.</summary>
    public static void ClearCreationMask() => _ = Libc.umask(0);
}
