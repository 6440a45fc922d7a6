using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Hull.Linux;

public static partial class HostFile
{
    private const ulong ResolveNoMagicLinks = 0x02;
    private const ulong ResolveInRoot = 0x10;
    private const int OpenHowBytes = 24;

    /// <summary>
    /// Opens a regular file for reading below a directory that stands for the root: no link and no <c>..</c> leads out of it.
    /// </summary>
    /// <param name="root">The directory.</param>
    /// <param name="path">Relative to it.</param>
    /// <returns>Null when there is no such file, or it is no regular one: opening a device can act on it, and a pipe hang.</returns>
    /// <remarks>Source: openat2(2), RESOLVE_IN_ROOT. Needs /proc.</remarks>
    public static FileDescriptor? TryOpenInRoot(string root, string path)
    {
        using FileDescriptor? place = TryFindInRoot(root, path, followLast: true);
        if (place is null || TryStat(place, out HostFileStatus status) != Errno.None || !status.IsRegular)
        {
            return null;
        }

        // What was looked at is what is opened, whatever the name has become meanwhile.
        FileDescriptor? file = TryOpen(
            string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{place.Number}"), ReadOnly | NonBlocking, out _);
        GC.KeepAlive(place);
        return file;
    }

    /// <summary>Asks what lies below a directory that stands for the root; of a link at the end itself.</summary>
    public static Errno TryStatInRoot(string root, string path, out HostFileStatus status)
    {
        status = default;
        using FileDescriptor? place = TryFindInRoot(root, path, followLast: false);
        return place is null ? (Errno)Marshal.GetLastPInvokeError() : TryStat(place, out status);
    }

    /// <summary>Finds what a path below a root names, without opening it: good for its status and its real path.</summary>
    /// <param name="root">The directory that stands for the root.</param>
    /// <param name="path">Relative to it; links lead nowhere else.</param>
    /// <param name="followLast">Whether a link at the end is followed too.</param>
    /// <returns>Null when there is nothing.</returns>
    public static FileDescriptor? TryFindInRoot(string root, string path, bool followLast)
    {
        using FileDescriptor? directory = TryOpen(root, PathOnly | Directory, out _);
        if (directory is null)
        {
            return null;
        }

        byte[] name = Encoding.UTF8.GetBytes((path.Length == 0 ? "." : path) + "\0");
        OpenHow how = new()
        {
            Flags = CloseOnExec | PathOnly | (uint)(followLast ? 0 : NoFollow),
            Resolve = ResolveInRoot | ResolveNoMagicLinks,
        };
        int number = (int)Libc.openat2(Libc.SYS_openat2, directory.Number, name, in how, OpenHowBytes);
        return number < 0 ? null : FileDescriptor.Own(number, "openat2", path);
    }
}
