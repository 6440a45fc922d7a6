using System.Text;

namespace Hull.Linux;

/// <summary>Mounts an overlay that is attached nowhere: only the holder of the descriptor sees it, and it ends with it.</summary>
/// <remarks>Source: fsopen(2), fsconfig(2), fsmount(2); overlayfs.rst. One option per layer needs Linux 6.5.</remarks>
public static class DetachedOverlay
{
    private const nint SYS_fsopen = 430;
    private const nint SYS_fsconfig = 431;
    private const nint SYS_fsmount = 432;
    private const nint FSOPEN_CLOEXEC = 1;
    private const nint FSCONFIG_SET_FLAG = 0;
    private const nint FSCONFIG_SET_STRING = 1;
    private const nint FSCONFIG_CMD_CREATE = 6;
    private const nint FSMOUNT_CLOEXEC = 1;
    private const nint MOUNT_ATTR_RDONLY = 1;
    private const nint MOUNT_ATTR_NODEV = 4;
    private const nint MOUNT_ATTR_NOSUID = 2;

    /// <summary>Mounts layers.</summary>
    /// <param name="lower">Read-only layers, topmost first; at least one with an upper, at least two without.</param>
    /// <param name="upper">The writable layer; null for a read-only view.</param>
    /// <param name="work">Overlay's work directory; goes with <paramref name="upper"/>.</param>
    /// <param name="place">Where it is attached in the calling thread's mount namespace; null for nowhere.</param>
    /// <returns>The root directory of the overlay. Devices in it do not open and set-user bits do nothing.</returns>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static FileDescriptor Mount(IReadOnlyList<string> lower, string? upper, string? work, FileDescriptor? place = null)
    {
        ArgumentNullException.ThrowIfNull(lower);
        using FileDescriptor context = FileDescriptor.Own(
            (int)WithText("overlay", name => Libc.system_call(SYS_fsopen, name, FSOPEN_CLOEXEC, 0, 0, 0, 0)), "fsopen", "overlay");
        foreach (string layer in lower)
        {
            Set(context, "lowerdir+", layer);
        }

        if (upper is not null && work is not null)
        {
            Set(context, "upperdir", upper);
            Set(context, "workdir", work);
        }
        else if (Configure(context, FSCONFIG_SET_FLAG, "ro", null) < 0)
        {
            throw LinuxException.Last("fsconfig", "ro");
        }

        if (Libc.system_call(SYS_fsconfig, context.Number, FSCONFIG_CMD_CREATE, 0, 0, 0, 0) < 0)
        {
            throw LinuxException.Last("fsconfig", "overlay");
        }

        nint flags = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID | (upper is null ? MOUNT_ATTR_RDONLY : 0);
        using FileDescriptor mount = FileDescriptor.Own(
            (int)Libc.system_call(SYS_fsmount, context.Number, FSMOUNT_CLOEXEC, flags, 0, 0, 0), "fsmount", "overlay");

        if (place is not null)
        {
            // Before this descriptor closes: the kernel takes a mount apart that is still nowhere then.
            MountTree.Attach(mount, place, "overlay");
        }

        // What fsmount gives is an O_PATH descriptor; opening "." of it keeps the mount and can be read.
        int root = Libc.openat(mount.Number, "."u8, Libc.O_DIRECTORY | Libc.O_CLOEXEC, 0);
        return FileDescriptor.Own(root, "openat", "overlay");
    }

    private static void Set(FileDescriptor context, string key, string value)
    {
        if (Configure(context, FSCONFIG_SET_STRING, key, value) < 0)
        {
            throw LinuxException.Last("fsconfig", $"{key}={value}");
        }
    }

    private static nint Configure(FileDescriptor context, nint command, string key, string? value) =>
        WithText(key, keyAddress => value is null
            ? Libc.system_call(SYS_fsconfig, context.Number, command, keyAddress, 0, 0, 0)
            : WithText(value, valueAddress =>
                Libc.system_call(SYS_fsconfig, context.Number, command, keyAddress, valueAddress, 0, 0)));

    private static unsafe nint WithText(string text, Func<nint, nint> call)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);

        // SAFETY: the array is pinned for the call and ends with the NUL the kernel reads up to.
        fixed (byte* address = bytes)
        {
            return call((nint)address);
        }
    }
}
