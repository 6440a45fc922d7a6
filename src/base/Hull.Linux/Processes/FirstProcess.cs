using System.Text;

namespace Hull.Linux;

/// <summary>What the first process of a system does: mounts, modules, and the end.</summary>
/// <remarks>Source: mount(2), chroot(2), finit_module(2), reboot(2).</remarks>
public static class FirstProcess
{
    private const nint SYS_chdir = 80;
    private const nint SYS_chroot = 161;
    private const nint SYS_sync = 162;
    private const nint SYS_mount = 165;
    private const nint SYS_reboot = 169;
    private const nint SYS_finit_module = 313;
    private const nint MS_MOVE = 8192;

    /// <summary>Mounts a file system.</summary>
    /// <param name="source">What: a tag, a device, or a name for show.</param>
    /// <param name="target">Where; must be there.</param>
    /// <param name="type">The kind of file system.</param>
    /// <param name="data">Its options, separated by commas.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void Mount(string source, string target, string type, string data = "") =>
        Mount(source, target, type, 0, data);

    /// <summary>Makes a mounted directory this process's root, and leaves the old one behind.</summary>
    /// <remarks>A root that is not the first one can be pivoted by containers later: pivot_root(2), "NOTES".</remarks>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void MoveToRoot(string directory)
    {
        OnText(SYS_chdir, directory, "chdir");
        Mount(".", "/", "", MS_MOVE, "");
        OnText(SYS_chroot, ".", "chroot");
        OnText(SYS_chdir, "/", "chdir");
    }

    /// <summary>Loads a kernel module.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void LoadModule(string path)
    {
        using FileDescriptor file = HostFile.Open(path, HostFile.ReadOnly);
        byte[] nothing = [0];
        nint result = WithBytes(nothing, text => Libc.system_call(SYS_finit_module, file.Number, text, 0, 0, 0, 0));
        if (result < 0)
        {
            throw LinuxException.Last("finit_module", path);
        }
    }

    /// <summary>Writes what waits to the disks and switches the machine off. Returns only when that failed.</summary>
    public static void PowerOff()
    {
        const nint FirstMagic = unchecked((int)0xfee1dead);
        const nint SecondMagic = 672274793;
        const nint CommandPowerOff = 0x4321FEDC;
        _ = Libc.system_call(SYS_sync, 0, 0, 0, 0, 0, 0);
        _ = Libc.system_call(SYS_reboot, FirstMagic, SecondMagic, CommandPowerOff, 0, 0, 0);
    }

    private static void Mount(string source, string target, string type, nint flags, string data)
    {
        nint result = WithBytes(Text(source), a => WithBytes(Text(target), b => WithBytes(Text(type), c =>
            WithBytes(Text(data), d => Libc.system_call(SYS_mount, a, b, c, flags, d, 0)))));
        if (result < 0)
        {
            throw LinuxException.Last("mount", target);
        }
    }

    private static void OnText(nint number, string path, string call)
    {
        if (WithBytes(Text(path), text => Libc.system_call(number, text, 0, 0, 0, 0, 0)) < 0)
        {
            throw LinuxException.Last(call, path);
        }
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text + "\0");

    private static unsafe nint WithBytes(byte[] bytes, Func<nint, nint> call)
    {
        // SAFETY: the array is pinned for the call and ends with the NUL the kernel reads up to.
        fixed (byte* start = bytes)
        {
            return call((nint)start);
        }
    }
}
