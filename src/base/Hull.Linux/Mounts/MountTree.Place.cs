namespace Hull.Linux;

/// <content>Putting a detached mount somewhere.</content>
public static partial class MountTree
{
    private const int MoveMountNumber = 429;
    private const ulong ReadOnlyAttribute = 1;

    /// <summary>Makes a copied mount read-only.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void MakeReadOnly(FileDescriptor tree, bool recursive, string subject) =>
        SetAttributes(tree, ReadOnlyAttribute, null, recursive, subject);

    /// <summary>Takes from a copied mount and all below it what a server of files does not need: programs, devices, links that lead on.</summary>
    /// <param name="tree">What <see cref="Copy"/> made.</param>
    /// <param name="readOnly">Whether nothing may be written either.</param>
    /// <param name="subject">The mount's name for messages.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void Restrict(FileDescriptor tree, bool readOnly, string subject)
    {
        const ulong NoSetIds = 2;
        const ulong NoDevices = 4;
        const ulong NoPrograms = 8;
        const ulong NoLinks = 0x200000;
        SetAttributes(tree, NoSetIds | NoDevices | NoPrograms | NoLinks | (readOnly ? ReadOnlyAttribute : 0), null, recursive: true, subject);
    }

    /// <summary>Attaches a detached mount on what a descriptor stands for, in the calling thread's mount namespace.</summary>
    /// <param name="tree">The root of a mount that is attached nowhere.</param>
    /// <param name="place">Where; a directory on a directory, a file on a file.</param>
    /// <param name="subject">The mount's name for messages.</param>
    /// <remarks>Source: move_mount(2).</remarks>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static unsafe void Attach(FileDescriptor tree, FileDescriptor place, string subject)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(place);
        const nint FromEmptyPath = 0x4;
        const nint ToEmptyPath = 0x40;
        byte empty = 0;

        // SAFETY: both pointers are to one zero byte of this frame.
        nint result = Libc.system_call(
            MoveMountNumber, tree.Number, (nint)(&empty), place.Number, (nint)(&empty), FromEmptyPath | ToEmptyPath, 0);
        GC.KeepAlive(tree);
        GC.KeepAlive(place);
        if (result != 0)
        {
            throw LinuxException.Last("move_mount", subject);
        }
    }
}
