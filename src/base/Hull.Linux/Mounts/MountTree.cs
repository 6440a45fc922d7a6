namespace Hull.Linux;

/// <summary>Mounts that are attached nowhere yet, named by a descriptor. Source: open_tree(2), mount_setattr(2).</summary>
public static partial class MountTree
{
    private const int AtCurrentDirectory = -100;
    private const int OpenTreeNumber = 428;
    private const int MountSetAttributesNumber = 442;
    private const int Clone = 1;
    private const int CloseOnExec = 0x80000;
    private const int Recursive = 0x8000;
    private const int EmptyPath = 0x1000;
    private const ulong IdMap = 0x100000;
    private const int PathBytes = 4096;

    /// <summary>Copies the mount at a path, as a bind mount does.</summary>
    /// <param name="path">What to copy; links are followed.</param>
    /// <param name="recursive">Whether mounts below are copied too.</param>
    /// <exception cref="LinuxException">There is no such path, or this user may not.</exception>
    public static unsafe FileDescriptor Copy(string path, bool recursive)
    {
        Span<byte> name = stackalloc byte[PathBytes];
        if (!System.Text.Encoding.UTF8.TryGetBytes(path, name[..^1], out int length))
        {
            throw new LinuxException("open_tree", path, Errno.NameTooLong);
        }

        name[length] = 0;

        // SAFETY: the span is pinned and ends with a zero while the kernel reads it.
        fixed (byte* text = name)
        {
            int flags = Clone | CloseOnExec | (recursive ? Recursive : 0);
            return FileDescriptor.Own(
                (int)Libc.system_call(OpenTreeNumber, AtCurrentDirectory, (nint)text, flags, 0, 0, 0), "open_tree", path);
        }
    }

    /// <summary>Shows a copied mount's files with the ids that a user namespace maps them to.</summary>
    /// <param name="tree">What <see cref="Copy"/> made.</param>
    /// <param name="userNamespace">A user namespace other than the machine's first.</param>
    /// <param name="recursive">Whether mounts below are mapped too.</param>
    /// <param name="subject">The mount's name for messages.</param>
    /// <exception cref="LinuxException">The file system cannot be mapped, or the kernel is older than 5.12.</exception>
    public static void MapIds(FileDescriptor tree, FileDescriptor userNamespace, bool recursive, string subject)
    {
        ArgumentNullException.ThrowIfNull(userNamespace);
        SetAttributes(tree, IdMap, userNamespace, recursive, subject);
    }

    private static unsafe void SetAttributes(
        FileDescriptor tree, ulong set, FileDescriptor? userNamespace, bool recursive, string subject)
    {
        ArgumentNullException.ThrowIfNull(tree);

        // struct mount_attr, linux/mount.h, 32 bytes: attr_set, attr_clr, propagation, userns_fd.
        ulong* attributes = stackalloc ulong[4];
        attributes[0] = set;
        attributes[1] = 0;
        attributes[2] = 0;
        attributes[3] = (ulong)(userNamespace?.Number ?? 0);
        byte empty = 0;

        // SAFETY: both pointers are to this frame; the kernel reads one byte and 32 bytes.
        nint result = Libc.system_call(
            MountSetAttributesNumber, tree.Number, (nint)(&empty), EmptyPath | (recursive ? Recursive : 0), (nint)attributes, 32, 0);
        GC.KeepAlive(tree);
        GC.KeepAlive(userNamespace);
        if (result != 0)
        {
            throw LinuxException.Last("mount_setattr", subject);
        }
    }
}
