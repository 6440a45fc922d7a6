using Hull.Linux;

namespace Hull.Machine.Host.Sharing;

/// <content>Names: finding, making, moving, removing.</content>
public sealed partial class FileServer
{
    private const uint RenameExchange = 2;
    private const uint RenameFlags = 7;

    /// <summary>ENFILE: too many open files in the system.</summary>
    private const Errno TooMany = (Errno)23;

    // One name: nothing that leads up, on, or elsewhere.
    private static bool IsName(ReadOnlySpan<byte> name) =>
        name.Length > 1 && !name.Contains((byte)'/') && !name.SequenceEqual(".\0"u8) && !name.SequenceEqual("..\0"u8);

    private Errno Lookup(Target directory, ref FuseRequest asked, ref FuseAnswer given)
    {
        ReadOnlySpan<byte> name = asked.ReadText();
        Errno error = IsName(name) ? AnswerEntry(directory, name, ref given) : Errno.Inval;
        if (error == Errno.NoEnt && directory.Tree.IsExclusive)
        {
            // Node 0 with a lifetime: the guest remembers that there is none.
            given.Write(0ul);
            given.Write(0ul);
            given.Write(RememberedSeconds);
            given.Write(0ul);
            given.Write(stackalloc byte[96]);
            return Errno.None;
        }

        return error;
    }

    private Errno AnswerEntry(Target directory, ReadOnlySpan<byte> name, ref FuseAnswer given) =>
        AnswerEntry(directory, name, ref given, out _);

    private Errno AnswerEntry(Target directory, ReadOnlySpan<byte> name, ref FuseAnswer given, out SharedNode? node)
    {
        node = null;
        FileDescriptor? found = NodeFile.TryName(directory.Descriptor, name, out Errno error);
        if (found is null)
        {
            return error;
        }

        error = NodeFile.Status(found, out NodeStatus status);
        if (error != Errno.None)
        {
            found.Dispose();
            return error;
        }

        node = _nodes.Add(directory.Node, name, found, in status);
        if (node is null)
        {
            return TooMany;
        }

        node.Lookups++;
        WriteEntry(ref given, node, in status);
        return Errno.None;
    }

    private Errno MakeSymbolicLink(Target directory, ref FuseRequest asked, ref FuseAnswer given)
    {
        ReadOnlySpan<byte> name = asked.ReadText();
        ReadOnlySpan<byte> content = asked.ReadText();
        if (!IsName(name) || content.Length < 2)
        {
            return Errno.Inval;
        }

        Errno error = Make(directory, in asked, new MakeRequest(name, content, NodeStatus.Link, 0));
        return error == Errno.None ? AnswerEntry(directory, name, ref given) : error;
    }

    private Errno MakeNode(Target directory, ref FuseRequest asked, ref FuseAnswer given)
    {
        uint mode = asked.ReadUInt32();
        uint device = asked.ReadUInt32();
        _ = asked.ReadUInt64();
        ReadOnlySpan<byte> name = asked.ReadText();
        if (!IsName(name))
        {
            return Errno.Inval;
        }

        Errno error = Make(directory, in asked, new MakeRequest(name, default, mode, device));
        return error == Errno.None ? AnswerEntry(directory, name, ref given) : error;
    }

    private Errno MakeDirectory(Target directory, ref FuseRequest asked, ref FuseAnswer given)
    {
        uint mode = asked.ReadUInt32();
        _ = asked.ReadUInt32();
        ReadOnlySpan<byte> name = asked.ReadText();
        if (!IsName(name))
        {
            return Errno.Inval;
        }

        uint all = NodeStatus.Directory | (mode & PermissionMask);
        Errno error = Make(directory, in asked, new MakeRequest(name, default, all, 0));
        return error == Errno.None ? AnswerEntry(directory, name, ref given) : error;
    }

    // As the user who asked; where only that user's further groups, which FUSE does not tell, allow it: as root, and
    // then given to the user. The guest's kernel has checked the permission in both cases.
    private static Errno Make(Target directory, in FuseRequest asked, MakeRequest request)
    {
        if (directory.Tree.ReadOnly)
        {
            return Errno.RoFs;
        }

        NodeFile.ActAs(asked.Uid, asked.Gid);
        Errno error;
        try
        {
            error = request.Make(directory.Descriptor);
        }
        finally
        {
            NodeFile.ActAsRoot();
        }

        if (error is not (Errno.Acces or Errno.Perm) || asked.Uid == 0)
        {
            return error;
        }

        error = request.Make(directory.Descriptor);
        return error == Errno.None ? GiveTo(directory, request.Name, asked.Uid, asked.Gid, request.Mode) : error;
    }

    private static Errno GiveTo(Target directory, ReadOnlySpan<byte> name, uint uid, uint gid, uint mode)
    {
        using FileDescriptor? made = NodeFile.TryName(directory.Descriptor, name, out Errno error);
        if (made is null)
        {
            return error;
        }

        _ = NodeFile.Status(directory.Descriptor, out NodeStatus parent);
        bool inherits = (parent.Mode & SetGroupBit) != 0;
        error = NodeFile.SetOwner(made, uid, inherits ? parent.Gid : gid);
        bool isLink = (mode & NodeStatus.TypeMask) == NodeStatus.Link;
        return error == Errno.None && !isLink && (mode & (SetUserBit | SetGroupBit)) != 0
            ? NodeFile.SetMode(made, mode & PermissionMask)
            : error;
    }

    private Errno Remove(Target directory, ref FuseRequest asked, bool isDirectory)
    {
        ReadOnlySpan<byte> name = asked.ReadText();
        if (!IsName(name))
        {
            return Errno.Inval;
        }

        if (directory.Tree.ReadOnly)
        {
            return Errno.RoFs;
        }

        SharedNode? pinned = Pin(directory, name);
        Errno error = NodeFile.RemoveName(directory.Descriptor, name, isDirectory);
        Unpin(pinned, error);
        return error;
    }

    // Once its name is gone, only an open descriptor leads to a node that the guest still uses.
    private SharedNode? Pin(Target directory, ReadOnlySpan<byte> name)
    {
        if (NodeFile.Status(directory.Descriptor, name, out NodeStatus status) == Errno.None
            && _nodes.Find(directory.Tree, in status) is { IsPinned: false } node
            && _nodes.Open(node, out _) is not null)
        {
            node.IsPinned = true;
            return node;
        }

        return null;
    }

    // A guest that fails to remove names must not keep descriptors open that way.
    private void Unpin(SharedNode? pinned, Errno error)
    {
        if (pinned is not null && error != Errno.None)
        {
            _nodes.Unpin(pinned);
        }
    }

    private Errno Rename(Target from, ref FuseRequest asked, bool hasFlags)
    {
        ulong newDirectory = asked.ReadUInt64();
        uint flags = hasFlags ? asked.ReadUInt32() : 0;
        if (hasFlags)
        {
            _ = asked.ReadUInt32();
        }

        ReadOnlySpan<byte> name = asked.ReadText();
        ReadOnlySpan<byte> newName = asked.ReadText();
        if (!IsName(name) || !IsName(newName) || (flags & ~RenameFlags) != 0)
        {
            return Errno.Inval;
        }

        if (_nodes.Find(newDirectory) is not { } node)
        {
            return newDirectory == RootId ? Errno.XDev : Errno.NoEnt;
        }

        if (from.Tree.ReadOnly || node.Tree.ReadOnly)
        {
            return Errno.RoFs;
        }

        if (from.Tree != node.Tree)
        {
            return Errno.XDev;
        }

        FileDescriptor? descriptor = _nodes.Open(node, out Errno error);
        if (descriptor is null)
        {
            return error;
        }

        node.Holds++;
        try
        {
            return Rename(from, name, new Target(node, descriptor), newName, flags);
        }
        finally
        {
            node.Holds--;
        }
    }

    private Errno Rename(Target from, ReadOnlySpan<byte> name, Target to, ReadOnlySpan<byte> newName, uint flags)
    {
        SharedNode? pinned = Pin(to, newName);
        Errno error = NodeFile.Rename(from.Descriptor, name, to.Descriptor, newName, flags);
        Unpin(pinned, error);
        if (error == Errno.None)
        {
            Moved(to, newName);
            if ((flags & RenameExchange) != 0)
            {
                Moved(from, name);
            }
        }

        return error;
    }

    private void Moved(Target directory, ReadOnlySpan<byte> name)
    {
        if (NodeFile.Status(directory.Descriptor, name, out NodeStatus status) == Errno.None
            && _nodes.Find(directory.Tree, in status) is { } node)
        {
            NodeTable.Move(node, directory.Node, name);
        }
    }

    private Errno Link(Target directory, ref FuseRequest asked, ref FuseAnswer given)
    {
        ulong old = asked.ReadUInt64();
        ReadOnlySpan<byte> name = asked.ReadText();
        if (!IsName(name))
        {
            return Errno.Inval;
        }

        if (_nodes.Find(old) is not { } node)
        {
            return Errno.NoEnt;
        }

        if (directory.Tree.ReadOnly)
        {
            return Errno.RoFs;
        }

        if (node.Tree != directory.Tree)
        {
            // A second name in a tree that may be written would open what another tree only shows.
            return Errno.XDev;
        }

        FileDescriptor? descriptor = _nodes.Open(node, out Errno error);
        if (descriptor is null)
        {
            return error;
        }

        error = NodeFile.AddName(descriptor, directory.Descriptor, name);
        return error == Errno.None ? AnswerEntry(directory, name, ref given) : error;
    }

    private static Errno ReadLink(Target target, ref FuseAnswer given)
    {
        const int MaxLinkBytes = 4096;
        Span<byte> room = given.Room;
        if (room.IsEmpty)
        {
            return Errno.Inval;
        }

        int count = NodeFile.ReadLink(target.Descriptor, room[..Math.Min(room.Length, MaxLinkBytes)]);
        if (count < 0)
        {
            return (Errno)(-count);
        }

        given.Advance(count);
        return Errno.None;
    }

    private readonly ref struct MakeRequest(ReadOnlySpan<byte> name, ReadOnlySpan<byte> target, uint mode, uint device)
    {
        private readonly ReadOnlySpan<byte> _target = target;
        private readonly uint _device = device;

        internal ReadOnlySpan<byte> Name { get; } = name;

        internal uint Mode { get; } = mode;

        internal Errno Make(FileDescriptor directory) => (Mode & NodeStatus.TypeMask) switch
        {
            NodeStatus.Link => NodeFile.MakeLink(directory, Name, _target),
            NodeStatus.Directory => NodeFile.MakeDirectory(directory, Name, Mode & PermissionMask),
            _ => NodeFile.MakeNode(directory, Name, Mode, _device),
        };
    }
}
