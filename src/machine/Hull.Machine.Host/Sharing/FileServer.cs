using Hull.Linux;
using Hull.Machine.Devices.Virtio;

namespace Hull.Machine.Host.Sharing;

/// <summary>Shows a guest some directories and files of the host, by the FUSE protocol.</summary>
/// <remarks>
/// Source: linux/fuse.h, protocol 7.36; fuse(4). The root is made up and holds one entry for each tree. Every name is
/// resolved one step at a time below a directory that is held open, without following links. Locks stay in the guest.
/// Works with root's privileges over the trees; new files belong to the user who asked. Not thread-safe: the device
/// asks one thing at a time. See docs/machine/virtio-fs.md.
/// </remarks>
public sealed partial class FileServer : IFileServer, IDisposable
{
    private const ulong RootId = 1;
    private const int MaxContentBytes = 1 << 20;
    private const int SpareBytes = 4096;

    /// <summary>The longest request and the longest answer.</summary>
    internal const int MaxMessageBytes = MaxContentBytes + SpareBytes;

    private const uint Major = 7;
    private const uint Minor = 36;

    private readonly NodeTable _nodes;
    private readonly HandleTable _handles = new();
    private readonly List<SharedNode> _roots = [];

    /// <summary>Shares some trees; their descriptors are owned by the server from here on.</summary>
    /// <param name="trees">The trees.</param>
    /// <param name="guestMemoryBytes">What the guest has, which bounds how many files its kernel can remember.</param>
    /// <exception cref="HullException">A tree cannot be looked at.</exception>
    public FileServer(IReadOnlyList<SharedTree> trees, long guestMemoryBytes)
        : this(trees, NodeTable.MaxDescriptors, NodeTable.NodesFor(guestMemoryBytes))
    {
    }

    /// <summary>The same with other bounds, so that a test need not make thousands of files.</summary>
    internal FileServer(IReadOnlyList<SharedTree> trees, int maxDescriptors, int maxNodes)
    {
        ArgumentNullException.ThrowIfNull(trees);
        _nodes = new NodeTable(maxDescriptors, maxNodes);
        foreach (SharedTree tree in trees)
        {
            Errno error = NodeFile.Status(tree.Root, out NodeStatus status);
            if (error != Errno.None)
            {
                throw new LinuxException("statx", tree.Name, error);
            }

            _roots.Add(_nodes.AddRoot(tree, in status));
        }
    }

    /// <inheritdoc/>
    public int MaxRequestBytes => MaxMessageBytes;

    /// <inheritdoc/>
    public int MaxAnswerBytes => MaxMessageBytes;

    /// <inheritdoc/>
    public int Handle(ReadOnlySpan<byte> request, Span<byte> answer)
    {
        if (request.Length < FuseRequest.HeaderBytes)
        {
            return 0;
        }

        FuseRequest asked = new(request);
        FuseAnswer given = new(answer);
        Errno error;
        switch (asked.Opcode)
        {
            case FuseOpcode.Forget:
                Forget(asked.Node, asked.ReadUInt64());
                return 0;
            case FuseOpcode.BatchForget:
                ForgetMany(ref asked);
                return 0;
            case FuseOpcode.Interrupt:
                // Nothing here waits, so there is nothing to interrupt.
                return 0;
            case FuseOpcode.Initialize:
                error = Initialize(ref asked, ref given);
                break;
            case FuseOpcode.Destroy:
                Reset();
                error = Errno.None;
                break;
            default:
                error = asked.Node == RootId ? AnswerForRoot(ref asked, ref given) : AnswerForNode(ref asked, ref given);
                break;
        }

        return given.Finish(asked.Unique, asked.IsShort ? Errno.Inval : error);
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _handles.Clear();
        _nodes.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Reset();
        foreach (SharedNode root in _roots)
        {
            root.Tree.Root.Dispose();
        }
    }

    private Errno AnswerForNode(ref FuseRequest asked, ref FuseAnswer given)
    {
        if (_nodes.Find(asked.Node) is not { } node)
        {
            return Errno.NoEnt;
        }

        FileDescriptor? descriptor = _nodes.Open(node, out Errno error);
        if (descriptor is null)
        {
            return error;
        }

        // Looking for another node may put descriptors away: not the one this request works on.
        node.Holds++;
        try
        {
            return AnswerForTarget(new Target(node, descriptor), ref asked, ref given);
        }
        finally
        {
            node.Holds--;
        }
    }

    private Errno AnswerForTarget(Target target, ref FuseRequest asked, ref FuseAnswer given) => asked.Opcode switch
    {
        FuseOpcode.Lookup => Lookup(target, ref asked, ref given),
        FuseOpcode.GetAttributes => GetAttributes(target, ref asked, ref given),
        FuseOpcode.SetAttributes => SetAttributes(target, ref asked, ref given),
        FuseOpcode.ReadLink => ReadLink(target, ref given),
        FuseOpcode.SymbolicLink => MakeSymbolicLink(target, ref asked, ref given),
        FuseOpcode.MakeNode => MakeNode(target, ref asked, ref given),
        FuseOpcode.MakeDirectory => MakeDirectory(target, ref asked, ref given),
        FuseOpcode.Unlink => Remove(target, ref asked, isDirectory: false),
        FuseOpcode.RemoveDirectory => Remove(target, ref asked, isDirectory: true),
        FuseOpcode.Rename => Rename(target, ref asked, hasFlags: false),
        FuseOpcode.Rename2 => Rename(target, ref asked, hasFlags: true),
        FuseOpcode.Link => Link(target, ref asked, ref given),
        FuseOpcode.Open => Open(target, ref asked, ref given),
        FuseOpcode.Create => Create(target, ref asked, ref given),
        FuseOpcode.StatFs => StatFs(target, ref given),
        FuseOpcode.SetExtended => SetExtended(target, ref asked),
        FuseOpcode.GetExtended => GetExtended(target, ref asked, ref given),
        FuseOpcode.ListExtended => ListExtended(target, ref asked, ref given),
        FuseOpcode.RemoveExtended => RemoveExtended(target, ref asked),
        FuseOpcode.OpenDirectory => OpenDirectory(target, ref given),
        FuseOpcode.SyncFs => SyncFs(target),
        FuseOpcode.ReadDirectoryPlus or FuseOpcode.ReadDirectory => ReadDirectory(target, ref asked, ref given),
        FuseOpcode.Access => Errno.NoSys,
        _ => AnswerForHandle(ref asked, ref given),
    };

    // What names an open file by its handle and needs no node.
    private Errno AnswerForHandle(ref FuseRequest asked, ref FuseAnswer given) => asked.Opcode switch
    {
        FuseOpcode.Read => Read(ref asked, ref given),
        FuseOpcode.Write => Write(ref asked, ref given),
        FuseOpcode.Release or FuseOpcode.ReleaseDirectory => Release(ref asked),
        FuseOpcode.Flush => Errno.NoSys,
        FuseOpcode.FSync or FuseOpcode.FSyncDirectory => FSync(ref asked),
        FuseOpcode.Allocate => Allocate(ref asked),
        FuseOpcode.Seek => Seek(ref asked, ref given),
        FuseOpcode.CopyRange => CopyRange(ref asked, ref given),
        _ => Errno.NoSys,
    };

    // syncfs(2) refuses an O_PATH descriptor. Of a pipe or a device the guest's kernel asks nothing.
    private static Errno SyncFs(Target target)
    {
        if (target.Tree.ReadOnly || !(target.Node.IsRegular || target.Node.IsDirectory))
        {
            return Errno.None;
        }

        using FileDescriptor? file = NodeFile.TryOpen(target.Descriptor, HostFile.ReadOnly, out Errno error);
        return file is null ? error : NodeFile.SyncAll(file);
    }

    private static Errno Initialize(ref FuseRequest asked, ref FuseAnswer given)
    {
        uint major = asked.ReadUInt32();
        _ = asked.ReadUInt32();
        uint readAhead = asked.ReadUInt32();
        uint offered = asked.ReadUInt32();
        if (major < Major)
        {
            return Errno.OpNotSupp;
        }

        const uint PageBytes = 4096;
        const ushort MaxBackground = 64;
        const ushort Congestion = 48;
        const ushort MaxPages = MaxContentBytes / (int)PageBytes;
        given.Write(Major);
        given.Write(Minor);
        given.Write(readAhead);
        given.Write(offered & (uint)FuseFeatures.Supported);
        given.Write(MaxBackground);
        given.Write(Congestion);
        given.Write((uint)MaxContentBytes);
        given.Write(1u); // times in nanoseconds
        given.Write(MaxPages);
        given.Write((ushort)0);
        given.Write(0u);
        given.Write(stackalloc byte[28]);
        return Errno.None;
    }

    private void Forget(ulong id, ulong lookups)
    {
        if (_nodes.Find(id) is { } node)
        {
            _nodes.Forget(node, lookups);
        }
    }

    private void ForgetMany(ref FuseRequest asked)
    {
        uint count = asked.ReadUInt32();
        _ = asked.ReadUInt32();
        for (uint i = 0; i < count && !asked.IsShort; i++)
        {
            ulong id = asked.ReadUInt64();
            Forget(id, asked.ReadUInt64());
        }
    }

    /// <summary>A node with its descriptor, open for the time of one request.</summary>
    private readonly record struct Target(SharedNode Node, FileDescriptor Descriptor)
    {
        internal SharedTree Tree => Node.Tree;
    }
}
