using System.Security.Cryptography;
using System.Text;
using Hull.Image;
using Hull.Snapshot.Compression;
using Hull.Snapshot.Layers;
using Hull.Snapshot.Tar;

namespace Hull.Snapshot.Archiving;

/// <summary>Tells in which files two images differ, straight from their layers; nothing is unpacked.</summary>
public static class ImageComparison
{
    /// <summary>Compares the file trees of two images: kind, mode, owner, size, content and link target; not times.</summary>
    /// <param name="store">Where the layers are.</param>
    /// <param name="before">The earlier image.</param>
    /// <param name="after">The later image.</param>
    /// <param name="cancellation">Stops between two files.</param>
    /// <returns>The differences, sorted by path.</returns>
    /// <exception cref="HullException">A layer is missing or damaged.</exception>
    public static IReadOnlyList<FileChange> Compare(
        ContentStore store, LocalImage before, LocalImage after, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        SortedDictionary<string, Node> earlier = Read(store, before, cancellation);
        SortedDictionary<string, Node> later = Read(store, after, cancellation);
        List<FileChange> changes = [];
        foreach ((string path, Node node) in later)
        {
            if (!earlier.TryGetValue(path, out Node? old))
            {
                changes.Add(new FileChange(ChangeKind.Added, "/" + path, node.Size));
            }
            else if (old with { Layer = node.Layer } != node)
            {
                changes.Add(new FileChange(ChangeKind.Modified, "/" + path, node.Size));
            }
        }

        changes.AddRange(earlier.Where(one => !later.ContainsKey(one.Key))
            .Select(one => new FileChange(ChangeKind.Deleted, "/" + one.Key, one.Value.Size)));
        changes.Sort(static (left, right) => string.CompareOrdinal(left.Path, right.Path));
        return changes;
    }

    private static SortedDictionary<string, Node> Read(ContentStore store, LocalImage image, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(image);
        SortedDictionary<string, Node> tree = new(StringComparer.Ordinal);
        for (int i = 0; i < image.Layers.Count; i++)
        {
            List<string> hidden = [];
            List<string> opaque = [];
            SortedDictionary<string, Node> layer = new(StringComparer.Ordinal);
            ReadLayer(store, image.Layers[i], i, layer, hidden, opaque, cancellation);
            Hide(tree, hidden, opaque, layer);
            foreach ((string path, Node node) in layer)
            {
                tree[path] = node;
            }
        }

        return tree;
    }

    private static void ReadLayer(
        ContentStore store, ImageLayer layer, int number, SortedDictionary<string, Node> nodes,
        List<string> hidden, List<string> opaque, CancellationToken cancellation)
    {
        using FileStream packed = store.Open(layer.Descriptor.Digest);
        using TarReader reader = new(Decompression.Open(packed, out _));
        ArchivePath path = new();
        while (reader.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            path.Set(reader.Current.Path);
            string parent = Encoding.UTF8.GetString(path.Parent);
            string name = Encoding.UTF8.GetString(path.Name);
            if (name == ".wh..wh..opq")
            {
                opaque.Add(parent);
            }
            else if (name.StartsWith(".wh.", StringComparison.Ordinal))
            {
                hidden.Add(parent.Length == 0 ? name[4..] : $"{parent}/{name[4..]}");
            }
            else if (!path.IsRoot)
            {
                string whole = Encoding.UTF8.GetString(path.Whole);
                nodes[whole] = NodeOf(reader, nodes, path, number);
            }
        }
    }

    private static Node NodeOf(TarReader reader, SortedDictionary<string, Node> nodes, ArchivePath scratch, int layer)
    {
        TarEntry entry = reader.Current;
        if (entry.Type == TarEntryType.HardLink)
        {
            scratch.Set(entry.LinkTarget);
            if (nodes.TryGetValue(Encoding.UTF8.GetString(scratch.Whole), out Node? target))
            {
                return target;
            }
        }

        string content = entry.Type switch
        {
            TarEntryType.File => HashOf(reader),
            TarEntryType.CharacterDevice or TarEntryType.BlockDevice => $"{entry.DeviceMajor}:{entry.DeviceMinor}",
            _ => Encoding.UTF8.GetString(entry.LinkTarget),
        };
        // The mode of a symbolic link means nothing on Linux, and writers disagree about it.
        uint mode = entry.Type == TarEntryType.SymbolicLink ? 0 : entry.Mode;
        return new Node(entry.Type, mode, entry.Uid, entry.Gid, entry.Size, content, layer);
    }

    private static string HashOf(TarReader reader)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ReadOnlySpan<byte> part;
        while (!(part = reader.ReadBody()).IsEmpty)
        {
            hash.AppendData(part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Whiteouts and opaque marks hide what lower layers have; so does anything else than a directory in a directory's place.
    private static void Hide(
        SortedDictionary<string, Node> tree, List<string> hidden, List<string> opaque, SortedDictionary<string, Node> layer)
    {
        HashSet<string> roots = [.. hidden];
        HashSet<string> emptied = [.. opaque];
        roots.UnionWith(layer
            .Where(one => one.Value.Type != TarEntryType.Directory && tree.TryGetValue(one.Key, out Node? old)
                && old.Type == TarEntryType.Directory)
            .Select(one => one.Key));
        if (roots.Count == 0 && emptied.Count == 0)
        {
            return;
        }

        List<string> gone = [.. tree.Keys.Where(path => IsHidden(path, roots, emptied))];
        foreach (string path in gone)
        {
            tree.Remove(path);
        }
    }

    private static bool IsHidden(string path, HashSet<string> roots, HashSet<string> emptied)
    {
        if (roots.Contains(path))
        {
            return true;
        }

        for (int slash = path.LastIndexOf('/'); ; slash = path.LastIndexOf('/', slash - 1))
        {
            string above = slash < 0 ? "" : path[..slash];
            if (emptied.Contains(above) || roots.Contains(above))
            {
                return true;
            }

            if (slash <= 0)
            {
                return emptied.Contains("");
            }
        }
    }

    private sealed record Node(TarEntryType Type, uint Mode, uint Uid, uint Gid, long Size, string Content, int Layer);
}
