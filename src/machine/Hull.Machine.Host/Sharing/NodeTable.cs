using Hull.Linux;

namespace Hull.Machine.Host.Sharing;

/// <summary>The nodes a guest knows, found by its number for them or by what they are.</summary>
/// <remarks>
/// Holds at most <see cref="MaxDescriptors"/> descriptors open: the others are put away and found again by parent and
/// name, which is checked against the node's identity. Not thread-safe.
/// </remarks>
/// <param name="maxDescriptors">Most descriptors kept open for nodes.</param>
/// <param name="maxNodes">Most nodes a guest may make the host remember.</param>
internal sealed class NodeTable(int maxDescriptors = NodeTable.MaxDescriptors, int maxNodes = NodeTable.MinNodes)
{
    /// <summary>Most descriptors kept open for nodes.</summary>
    internal const int MaxDescriptors = 4096;

    /// <summary>What every guest may make the host remember.</summary>
    internal const int MinNodes = 1 << 18;

    private const int MaxNodes = 1 << 23;

    // What a kernel that remembers a file needs for it, and more.
    private const int GuestBytesPerNode = 1024;

    private readonly Dictionary<ulong, SharedNode> _byId = [];
    private readonly Dictionary<(SharedTree, ulong, ulong), SharedNode> _byKey = [];
    private readonly Queue<SharedNode> _open = new();
    private ulong _nextId = FirstId;

    private const ulong FirstId = 2;

    /// <summary>ESTALE: what the guest means is not there any more.</summary>
    private const Errno Stale = (Errno)116;

    internal int Count => _byId.Count;

    /// <summary>How many nodes a guest may know: as many as its own kernel could remember.</summary>
    /// <remarks>Each costs the host a quarter of what it costs the guest at most; the server's cgroup is made for that.</remarks>
    internal static int NodesFor(long guestMemoryBytes) => (int)Math.Clamp(guestMemoryBytes / GuestBytesPerNode, MinNodes, MaxNodes);

    internal SharedNode? Find(ulong id) => _byId.GetValueOrDefault(id);

    /// <summary>The node as one tree shows it: two trees may show the same node, and only one of them for writing.</summary>
    /// <remarks>A number that was freed and given to a node of another type is another node: opening a pipe would wait for ever.</remarks>
    internal SharedNode? Find(SharedTree tree, in NodeStatus status) =>
        _byKey.GetValueOrDefault((tree, status.Device, status.Inode)) is { } node && IsOfType(node, status.Mode) ? node : null;

    /// <summary>Adds the root of a tree, whose descriptor stays open.</summary>
    internal SharedNode AddRoot(SharedTree tree, in NodeStatus status)
    {
        SharedNode node = new(_nextId++, tree)
        {
            Key = (status.Device, status.Inode),
            Mode = status.Mode,
            Descriptor = tree.Root,
            IsPinned = true,
            Lookups = ulong.MaxValue / 2,
        };
        _byId.Add(node.Id, node);
        _byKey[KeyOf(node)] = node;
        return node;
    }

    /// <summary>Remembers a node that was just found, and takes over its descriptor.</summary>
    /// <returns>Null when there are too many; the descriptor is closed then.</returns>
    internal SharedNode? Add(SharedNode parent, ReadOnlySpan<byte> name, FileDescriptor descriptor, in NodeStatus status)
    {
        if (Find(parent.Tree, in status) is { } known)
        {
            descriptor.Dispose();
            known.WasUsed = true;
            return known;
        }

        if (_byId.Count >= maxNodes)
        {
            descriptor.Dispose();
            return null;
        }

        SharedNode node = new(_nextId++, parent.Tree)
        {
            Key = (status.Device, status.Inode),
            Mode = status.Mode,
            Parent = parent,
            Name = name.ToArray(),
            Descriptor = descriptor,
        };
        parent.Children++;
        _byId.Add(node.Id, node);
        _byKey[KeyOf(node)] = node;
        Opened(node);
        return node;
    }

    /// <summary>The node's descriptor, opened again if it was put away.</summary>
    internal FileDescriptor? Open(SharedNode node, out Errno error)
    {
        error = Errno.None;
        node.WasUsed = true;
        if (node.Descriptor is { } open)
        {
            return open;
        }

        // A guest makes trees as deep as it likes: a list, because the stack has an end.
        List<SharedNode> closed = [];
        SharedNode nearest = node;
        while (nearest is { Descriptor: null, Parent: { } parent })
        {
            closed.Add(nearest);
            nearest = parent;
        }

        FileDescriptor? found = nearest.Descriptor;
        for (int i = closed.Count - 1; i >= 0 && found is not null; i--)
        {
            found = Reopen(closed[i], found, out error);
        }

        if (found is null && error == Errno.None)
        {
            error = Stale;
        }

        return found;
    }

    private FileDescriptor? Reopen(SharedNode node, FileDescriptor directory, out Errno error)
    {
        FileDescriptor? found = NodeFile.TryName(directory, node.Name, out error);
        if (found is null)
        {
            error = error == Errno.NoEnt ? Stale : error;
            return null;
        }

        error = NodeFile.Status(found, out NodeStatus status);
        if (error != Errno.None || (status.Device, status.Inode) != node.Key || !IsOfType(node, status.Mode))
        {
            found.Dispose();
            error = error == Errno.None ? Stale : error;
            return null;
        }

        node.Descriptor = found;
        node.WasUsed = true;
        Opened(node);
        return found;
    }

    /// <summary>The guest forgot a node so many times.</summary>
    internal void Forget(SharedNode node, ulong lookups)
    {
        node.Lookups -= Math.Min(lookups, node.Lookups);
        Release(node);
    }

    /// <summary>A node kept its name after all: its descriptor may be put away again.</summary>
    internal void Unpin(SharedNode node)
    {
        if (node.Parent is not null)
        {
            node.IsPinned = false;
            Opened(node);
        }
    }

    /// <summary>A node has another name now.</summary>
    internal static void Move(SharedNode node, SharedNode parent, ReadOnlySpan<byte> name)
    {
        if (node.Parent is not null)
        {
            node.Parent.Children--;
            parent.Children++;
            node.Parent = parent;
            node.Name = name.ToArray();
        }
    }

    /// <summary>Forgets everything but the roots of trees.</summary>
    internal void Clear()
    {
        foreach (SharedNode node in _byId.Values)
        {
            if (node.Parent is null)
            {
                node.Children = 0;
            }
            else
            {
                node.Descriptor?.Dispose();
                node.Descriptor = null;
            }
        }

        foreach (SharedNode node in _byId.Values.Where(node => node.Parent is not null).ToArray())
        {
            _byId.Remove(node.Id);
            _byKey.Remove(KeyOf(node));
        }

        _open.Clear();
    }

    private static bool IsOfType(SharedNode node, uint mode) => ((node.Mode ^ mode) & NodeStatus.TypeMask) == 0;

    private static (SharedTree, ulong, ulong) KeyOf(SharedNode node) => (node.Tree, node.Key.Device, node.Key.Inode);

    // A node that others are found through stays until the last of them is gone.
    private void Release(SharedNode? node)
    {
        while (node is { Lookups: 0, Children: 0, Parent: { } parent })
        {
            node.Descriptor?.Dispose();
            node.Descriptor = null;
            _byId.Remove(node.Id);
            if (_byKey.GetValueOrDefault(KeyOf(node)) == node)
            {
                _byKey.Remove(KeyOf(node));
            }

            parent.Children--;
            node = parent;
        }
    }

    // Second chance: what was used since it was last looked at goes to the end of the line.
    private void Opened(SharedNode node)
    {
        if (!node.IsQueued)
        {
            node.IsQueued = true;
            _open.Enqueue(node);
        }

        for (int i = 0; _open.Count > maxDescriptors && i < maxDescriptors; i++)
        {
            SharedNode oldest = _open.Dequeue();
            if (oldest.Descriptor is null || oldest.IsPinned)
            {
                oldest.IsQueued = false;
                continue;
            }

            if (oldest.WasUsed || oldest.Holds > 0 || oldest == node)
            {
                oldest.WasUsed = false;
                _open.Enqueue(oldest);
                continue;
            }

            oldest.Descriptor.Dispose();
            oldest.Descriptor = null;
            oldest.IsQueued = false;
        }
    }
}
