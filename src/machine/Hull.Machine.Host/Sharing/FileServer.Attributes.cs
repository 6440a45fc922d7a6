using Hull.Linux;

namespace Hull.Machine.Host.Sharing;

/// <content>Attributes of nodes.</content>
public sealed partial class FileServer
{
    private const ulong RememberedSeconds = 3600;
    private const ulong SharedSeconds = 1;
    private const uint SetUserBit = 0x800;
    private const uint SetGroupBit = 0x400;
    private const uint GroupExecuteBit = 8;
    private const uint PermissionMask = 0xFFF;

    // Source: linux/fuse.h, FATTR_*.
    private const uint ChangesMode = 1;
    private const uint ChangesUid = 2;
    private const uint ChangesGid = 4;
    private const uint ChangesSize = 8;
    private const uint ChangesAccessed = 16;
    private const uint ChangesModified = 32;
    private const uint ChangesAnything = 63;
    private const uint HasHandle = 64;
    private const uint AccessedNow = 128;
    private const uint ModifiedNow = 256;
    private const uint KillsSetIds = 2048;

    private static ulong LifetimeOf(SharedTree tree) => tree.IsExclusive ? RememberedSeconds : SharedSeconds;

    private static void WriteLifetime(ref FuseAnswer given, ulong seconds)
    {
        given.Write(seconds);
        given.Write(0u);
    }

    private static void WriteAttributes(ref FuseAnswer given, in NodeStatus status)
    {
        given.Write(status.Inode);
        given.Write(status.Size);
        given.Write(status.Blocks);
        given.Write((ulong)status.Accessed.Seconds);
        given.Write((ulong)status.Modified.Seconds);
        given.Write((ulong)status.Changed.Seconds);
        given.Write((uint)status.Accessed.Nanoseconds);
        given.Write((uint)status.Modified.Nanoseconds);
        given.Write((uint)status.Changed.Nanoseconds);
        given.Write(status.Mode);
        given.Write(status.Links);
        given.Write(status.Uid);
        given.Write(status.Gid);

        // The kernel's 32-bit coding of device numbers: new_encode_dev.
        given.Write((status.RdevMinor & 0xFF) | (status.RdevMajor << 8) | ((status.RdevMinor & ~0xFFu) << 12));
        given.Write(status.BlockSize);
        given.Write(0u);
    }

    private static void WriteEntry(ref FuseAnswer given, SharedNode node, in NodeStatus status)
    {
        ulong seconds = LifetimeOf(node.Tree);
        given.Write(node.Id);
        given.Write(0ul);
        given.Write(seconds);
        given.Write(seconds);
        given.Write(0u);
        given.Write(0u);
        WriteAttributes(ref given, in status);
    }

    private Errno GetAttributes(Target target, ref FuseRequest asked, ref FuseAnswer given)
    {
        uint flags = asked.ReadUInt32();
        _ = asked.ReadUInt32();
        ulong handle = asked.ReadUInt64();
        FileDescriptor from = (flags & 1) != 0 && _handles.Find(handle) is { } open ? open.Descriptor : target.Descriptor;
        return AnswerAttributes(target.Tree, from, ref given);
    }

    private static Errno AnswerAttributes(SharedTree tree, FileDescriptor from, ref FuseAnswer given)
    {
        Errno error = NodeFile.Status(from, out NodeStatus status);
        if (error == Errno.None)
        {
            WriteLifetime(ref given, LifetimeOf(tree));
            given.Write(0u);
            WriteAttributes(ref given, in status);
        }

        return error;
    }

    private Errno SetAttributes(Target target, ref FuseRequest asked, ref FuseAnswer given)
    {
        uint changes = asked.ReadUInt32();
        _ = asked.ReadUInt32();
        ulong handle = asked.ReadUInt64();
        ulong size = asked.ReadUInt64();
        _ = asked.ReadUInt64();
        long accessed = (long)asked.ReadUInt64();
        long modified = (long)asked.ReadUInt64();
        _ = asked.ReadUInt64();
        uint accessedNs = asked.ReadUInt32();
        uint modifiedNs = asked.ReadUInt32();
        _ = asked.ReadUInt32();
        uint mode = asked.ReadUInt32();
        _ = asked.ReadUInt32();
        uint uid = asked.ReadUInt32();
        uint gid = asked.ReadUInt32();
        if (target.Tree.ReadOnly)
        {
            return Errno.RoFs;
        }

        Errno error = ChangeOwnerAndMode(target, changes, mode, uid, gid);
        if (error == Errno.None && (changes & ChangesSize) != 0)
        {
            // A handle of another file could lie in a tree that is only shown.
            OpenFile? open = (changes & HasHandle) != 0 ? _handles.Find(handle) : null;
            error = open is not null && open.Node != target.Node ? Errno.BadF
                : ChangeSize(target, open, size, (changes & KillsSetIds) != 0);
        }

        if (error == Errno.None && (changes & (ChangesAccessed | ChangesModified)) != 0)
        {
            FileTime first = TimeOf(changes, ChangesAccessed, AccessedNow, accessed, accessedNs);
            FileTime second = TimeOf(changes, ChangesModified, ModifiedNow, modified, modifiedNs);
            error = NodeFile.SetTimes(target.Descriptor, first, second);
        }

        return error == Errno.None ? AnswerAttributes(target.Tree, target.Descriptor, ref given) : error;
    }

    private static Errno ChangeOwnerAndMode(Target target, uint changes, uint mode, uint uid, uint gid)
    {
        // A guest that asks for nothing gave a file the owner it has, chown(-1, -1): its kernel leaves what falls to us.
        bool isOwnerAgain = (changes & ChangesAnything) == 0 && target.Node.IsRegular;
        Errno error = isOwnerAgain ? NodeFile.SetOwner(target.Descriptor, uint.MaxValue, uint.MaxValue) : Errno.None;
        if ((changes & (ChangesUid | ChangesGid)) != 0)
        {
            uint owner = (changes & ChangesUid) != 0 ? uid : uint.MaxValue;
            uint group = (changes & ChangesGid) != 0 ? gid : uint.MaxValue;
            error = NodeFile.SetOwner(target.Descriptor, owner, group);
            if (error == Errno.None && (changes & KillsSetIds) != 0 && (changes & ChangesMode) == 0)
            {
                error = DropSetIds(target.Descriptor);
            }
        }

        // After the owner: changing that one clears bits that this may set.
        return error == Errno.None && (changes & ChangesMode) != 0 && (target.Node.Mode & NodeStatus.TypeMask) != NodeStatus.Link
            ? NodeFile.SetMode(target.Descriptor, mode & PermissionMask)
            : error;
    }

    private static Errno ChangeSize(Target target, OpenFile? open, ulong size, bool kills)
    {
        if (!target.Node.IsRegular)
        {
            return target.Node.IsDirectory ? Errno.IsDir : Errno.Inval;
        }

        if (size > long.MaxValue)
        {
            return Errno.FBig;
        }

        Errno error = NodeFile.SetSize(open?.Descriptor ?? target.Descriptor, (long)size);
        return error == Errno.None && kills ? DropSetIds(target.Descriptor) : error;
    }

    // The server's own privileges keep these bits where the guest's user would lose them.
    private static Errno DropSetIds(FileDescriptor node)
    {
        Errno error = NodeFile.Status(node, out NodeStatus status);
        if (error != Errno.None || !status.IsRegular)
        {
            return error;
        }

        uint lost = status.Mode & SetUserBit;
        if ((status.Mode & GroupExecuteBit) != 0)
        {
            lost |= status.Mode & SetGroupBit;
        }

        return lost == 0 ? Errno.None : NodeFile.SetMode(node, status.Mode & PermissionMask & ~lost);
    }

    private static FileTime TimeOf(uint changes, uint bit, uint nowBit, long seconds, uint nanoseconds) =>
        (changes & bit) == 0 ? new FileTime(0, NodeFile.TimeOmit)
        : (changes & nowBit) != 0 ? new FileTime(0, NodeFile.TimeNow)
        : new FileTime(seconds, Math.Min(nanoseconds, 999_999_999u));

    private static Errno StatFs(Target target, ref FuseAnswer given)
    {
        Errno error = NodeFile.Status(target.Descriptor, out FileSystemStatus status);
        if (error != Errno.None)
        {
            return error;
        }

        given.Write(status.Blocks);
        given.Write(status.BlocksFree);
        given.Write(status.BlocksAvailable);
        given.Write(status.Files);
        given.Write(status.FilesFree);
        given.Write((uint)status.BlockSize);
        given.Write((uint)status.NameLength);
        given.Write((uint)status.FragmentSize);
        given.Write(stackalloc byte[28]);
        return Errno.None;
    }
}
