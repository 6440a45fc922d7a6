using Hull.Linux;

namespace Hull.Machine.Host.Sharing;

/// <content>Open files.</content>
public sealed partial class FileServer
{
    private const uint KeepCache = 2;
    private const uint CacheDirectory = 8;
    private const uint OpenKillsSetIds = 1;
    private const uint WriteKillsSetIds = 4;
    private const int AccessModeMask = 3;

    // What the guest's kernel does itself, or what must not reach a file of the host: append (the guest names the
    // offset), exclusive and create (answered by Create), direct, async, no-follow, close-on-exec, tmpfile.
    private const int KeptFlags = AccessModeMask | HostFile.Truncate | LargeFile | DataSync | FullSync | NoAccessTime;
    private const int LargeFile = 0x8000;
    private const int DataSync = 0x1000;
    private const int FullSync = 0x101000;
    private const int NoAccessTime = 0x40000;

    private Errno Open(Target target, ref FuseRequest asked, ref FuseAnswer given)
    {
        int flags = (int)asked.ReadUInt32();
        uint more = asked.ReadUInt32();
        if (!target.Node.IsRegular)
        {
            // Pipes, sockets and devices are the guest kernel's own; opening the host's would wait or worse.
            return target.Node.IsDirectory ? Errno.IsDir : Errno.Nxio;
        }

        bool writes = (flags & AccessModeMask) != HostFile.ReadOnly || (flags & HostFile.Truncate) != 0;
        if (writes && target.Tree.ReadOnly)
        {
            return Errno.RoFs;
        }

        FileDescriptor? file = NodeFile.TryOpen(target.Descriptor, FlagsOf(flags), out Errno error);
        if (file is null)
        {
            return error;
        }

        if ((flags & HostFile.Truncate) != 0 && (more & OpenKillsSetIds) != 0)
        {
            _ = DropSetIds(file);
        }

        return AnswerOpen(new OpenFile(file, target.Node), ref given);
    }

    private Errno Create(Target directory, ref FuseRequest asked, ref FuseAnswer given)
    {
        int flags = (int)asked.ReadUInt32();
        uint mode = asked.ReadUInt32() & PermissionMask;
        _ = asked.ReadUInt32();
        uint more = asked.ReadUInt32();
        ReadOnlySpan<byte> name = asked.ReadText();
        if (!IsName(name))
        {
            return Errno.Inval;
        }

        if (directory.Tree.ReadOnly)
        {
            return Errno.RoFs;
        }

        FileDescriptor? file = CreateAs(directory, name, flags, mode, in asked, out Errno error);
        bool isThere = file is null && error == Errno.Exist && (flags & HostFile.Exclusive) == 0;
        if (file is null && !isThere)
        {
            return error;
        }

        error = AnswerEntry(directory, name, ref given, out SharedNode? node);
        if (node is null)
        {
            file?.Dispose();
            return error;
        }

        error = file is null ? OpenMade(directory, name, node, flags, more, ref given) : AnswerMade(file, node, ref given);
        if (error != Errno.None)
        {
            // The guest never hears of the node, so it will not forget it.
            _nodes.Forget(node, 1);
        }

        return error;
    }

    // Between the two calls somebody else may have put something of another kind in the new file's place.
    private Errno AnswerMade(FileDescriptor file, SharedNode node, ref FuseAnswer given)
    {
        if (node.IsRegular)
        {
            return AnswerOpen(new OpenFile(file, node), ref given);
        }

        file.Dispose();
        return Errno.Nxio;
    }

    private Errno OpenMade(Target directory, ReadOnlySpan<byte> name, SharedNode node, int flags, uint more, ref FuseAnswer given)
    {
        using FileDescriptor? found = NodeFile.TryName(directory.Descriptor, name, out Errno error);
        if (found is null)
        {
            return error;
        }

        NodeStatus status = StatusOf(found);
        if (!status.IsRegular || _nodes.Find(directory.Tree, in status) != node)
        {
            return Errno.Nxio;
        }

        FileDescriptor? file = NodeFile.TryOpen(found, FlagsOf(flags), out error);
        if (file is null)
        {
            return error;
        }

        if ((flags & HostFile.Truncate) != 0 && (more & OpenKillsSetIds) != 0)
        {
            _ = DropSetIds(file);
        }

        return AnswerOpen(new OpenFile(file, node), ref given);
    }

    private static NodeStatus StatusOf(FileDescriptor file)
    {
        _ = NodeFile.Status(file, out NodeStatus status);
        return status;
    }

    private static FileDescriptor? CreateAs(
        Target directory, ReadOnlySpan<byte> name, int flags, uint mode, in FuseRequest asked, out Errno error)
    {
        NodeFile.ActAs(asked.Uid, asked.Gid);
        FileDescriptor? file;
        try
        {
            file = NodeFile.TryCreate(directory.Descriptor, name, FlagsOf(flags) & ~HostFile.Truncate, mode, out error);
        }
        finally
        {
            NodeFile.ActAsRoot();
        }

        if (file is not null || error is not (Errno.Acces or Errno.Perm) || asked.Uid == 0)
        {
            return file;
        }

        file = NodeFile.TryCreate(directory.Descriptor, name, FlagsOf(flags) & ~HostFile.Truncate, mode, out error);
        if (file is not null)
        {
            error = GiveTo(directory, name, asked.Uid, asked.Gid, NodeStatus.Regular | mode);
        }

        return file;
    }

    // A file open for writing is opened for reading too: the guest's page cache reads around what is written.
    private static int FlagsOf(int flags)
    {
        int kept = flags & KeptFlags;
        return (kept & AccessModeMask) == HostFile.WriteOnly ? (kept & ~AccessModeMask) | HostFile.ReadWrite : kept;
    }

    private Errno AnswerOpen(OpenFile file, ref FuseAnswer given)
    {
        ulong handle = _handles.Add(file);
        if (handle == 0)
        {
            return TooMany;
        }

        given.Write(handle);
        given.Write(file.Node.Tree.IsExclusive ? file.Node.IsDirectory ? CacheDirectory | KeepCache : KeepCache : 0u);
        given.Write(0u);
        return Errno.None;
    }

    private Errno Read(ref FuseRequest asked, ref FuseAnswer given)
    {
        ulong handle = asked.ReadUInt64();
        ulong offset = asked.ReadUInt64();
        uint size = asked.ReadUInt32();
        if (_handles.Find(handle) is not { Node.IsRegular: true } file)
        {
            return Errno.BadF;
        }

        Span<byte> room = given.Room;
        int count = NodeFile.Read(file.Descriptor, room[..(int)Math.Min(size, (uint)room.Length)], (long)offset);
        if (count < 0)
        {
            return (Errno)(-count);
        }

        given.Advance(count);
        return Errno.None;
    }

    private Errno Write(ref FuseRequest asked, ref FuseAnswer given)
    {
        ulong handle = asked.ReadUInt64();
        ulong offset = asked.ReadUInt64();
        uint size = asked.ReadUInt32();
        uint flags = asked.ReadUInt32();
        _ = asked.ReadUInt64();
        _ = asked.ReadUInt64();
        if (_handles.Find(handle) is not { Node.IsRegular: true } file || file.Node.Tree.ReadOnly)
        {
            return Errno.BadF;
        }

        ReadOnlySpan<byte> data = asked.Rest;
        if (size > (uint)data.Length)
        {
            return Errno.Inval;
        }

        int count = NodeFile.Write(file.Descriptor, data[..(int)size], (long)offset);
        if (count < 0)
        {
            return (Errno)(-count);
        }

        if ((flags & WriteKillsSetIds) != 0)
        {
            _ = DropSetIds(file.Descriptor);
        }

        given.Write((uint)count);
        given.Write(0u);
        return Errno.None;
    }

    private Errno Release(ref FuseRequest asked) => _handles.Remove(asked.ReadUInt64()) ? Errno.None : Errno.BadF;

    private Errno FSync(ref FuseRequest asked)
    {
        ulong handle = asked.ReadUInt64();
        uint flags = asked.ReadUInt32();
        return _handles.Find(handle) is { } file ? NodeFile.Sync(file.Descriptor, (flags & 1) != 0) : Errno.BadF;
    }

    private Errno Allocate(ref FuseRequest asked)
    {
        const uint KnownModes = 0x7F;
        ulong handle = asked.ReadUInt64();
        ulong offset = asked.ReadUInt64();
        ulong length = asked.ReadUInt64();
        uint mode = asked.ReadUInt32();
        if (_handles.Find(handle) is not { Node.IsRegular: true } file || file.Node.Tree.ReadOnly)
        {
            return Errno.BadF;
        }

        return (mode & ~KnownModes) != 0 ? Errno.OpNotSupp
            : offset > long.MaxValue || length > long.MaxValue ? Errno.FBig
            : NodeFile.Allocate(file.Descriptor, (int)mode, (long)offset, (long)length);
    }

    private Errno Seek(ref FuseRequest asked, ref FuseAnswer given)
    {
        const uint SeekData = 3;
        const uint SeekHole = 4;
        ulong handle = asked.ReadUInt64();
        ulong offset = asked.ReadUInt64();
        uint whence = asked.ReadUInt32();
        if (_handles.Find(handle) is not { Node.IsRegular: true } file)
        {
            return Errno.BadF;
        }

        if (whence is not (SeekData or SeekHole))
        {
            return Errno.Inval;
        }

        long result = NodeFile.Seek(file.Descriptor, (long)offset, (int)whence);
        if (result < 0)
        {
            return (Errno)(-result);
        }

        given.Write((ulong)result);
        return Errno.None;
    }

    private Errno CopyRange(ref FuseRequest asked, ref FuseAnswer given)
    {
        // One request copies so much at most, so that the processor that asks is back soon.
        const ulong MaxCopyBytes = 16 << 20;
        ulong from = asked.ReadUInt64();
        ulong fromOffset = asked.ReadUInt64();
        _ = asked.ReadUInt64();
        ulong to = asked.ReadUInt64();
        ulong toOffset = asked.ReadUInt64();
        ulong length = asked.ReadUInt64();
        ulong flags = asked.ReadUInt64();
        if (_handles.Find(from) is not { Node.IsRegular: true } source
            || _handles.Find(to) is not { Node.IsRegular: true } target || target.Node.Tree.ReadOnly)
        {
            return Errno.BadF;
        }

        if (flags != 0)
        {
            return Errno.Inval;
        }

        int count = NodeFile.CopyRange(
            source.Descriptor, (long)fromOffset, target.Descriptor, (long)toOffset, (int)Math.Min(length, MaxCopyBytes));
        if (count < 0)
        {
            return (Errno)(-count);
        }

        given.Write((uint)count);
        given.Write(0u);
        return Errno.None;
    }
}
