using System.Text;

namespace Hull.Linux;

public static partial class HostFile
{
    private const ulong ResolveNoMagicLinks = 0x02;
    private const ulong ResolveInRoot = 0x10;
    private const int OpenHowBytes = 24;

    /// <summary>Opens a file for reading below a directory that stands for the root: no link and no <c>..</c> leads out of it.</summary>
    /// <param name="root">The directory.</param>
    /// <param name="path">Relative to it.</param>
    /// <returns>Null when there is no such file, or it is none that opens at once.</returns>
    /// <remarks>Source: openat2(2), RESOLVE_IN_ROOT.</remarks>
    public static FileDescriptor? TryOpenInRoot(string root, string path)
    {
        using FileDescriptor? directory = TryOpen(root, PathOnly | Directory, out _);
        if (directory is null)
        {
            return null;
        }

        byte[] name = Encoding.UTF8.GetBytes(path + "\0");

        // Non-blocking: a pipe in its place must not hold this process.
        OpenHow how = new() { Flags = CloseOnExec | NonBlocking, Resolve = ResolveInRoot | ResolveNoMagicLinks };
        int number = (int)Libc.openat2(Libc.SYS_openat2, directory.Number, name, in how, OpenHowBytes);
        return number < 0 ? null : FileDescriptor.Own(number, "openat2", path);
    }
}
