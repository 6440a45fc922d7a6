using Hull.Linux;

namespace Hull.Snapshot.Layers;

/// <summary>Open directories of the tree being written, found by path; missing ones are made.</summary>
/// <remarks>
/// Every path is resolved by openat2 with RESOLVE_IN_ROOT, so neither a symbolic link nor <c>..</c> leads out. Descriptors
/// are kept because entries of one directory follow each other. Not thread-safe.
/// </remarks>
internal sealed class ParentDirectories(FileDescriptor root, Action<FileDescriptor, byte[], byte[]> made) : IDisposable
{
    private const int MaxOpen = 128;
    private const int MaxLinks = 40;

    private readonly Dictionary<byte[], FileDescriptor> _open = new(ByteStringComparer.Instance);
    private byte[] _lastPath = [];
    private FileDescriptor? _last;
    private FileDescriptor? _retired;

    /// <summary>The directory a cleaned path names, made with its parents when it is missing.</summary>
    /// <returns>Anything but <see cref="Errno.None"/> when something else than a directory is in the way.</returns>
    internal Errno Get(ReadOnlySpan<byte> path, out FileDescriptor directory)
    {
        directory = root;
        if (path.IsEmpty)
        {
            return Errno.None;
        }

        if (_last is not null && path.SequenceEqual(_lastPath))
        {
            directory = _last;
            return Errno.None;
        }

        if (!_open.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(path, out byte[]? key, out FileDescriptor? found))
        {
            Errno error = FileTree.OpenDirectory(root, path, out found);
            if (error == Errno.NoEnt)
            {
                error = MakeAll(path, MaxLinks);
                error = error == Errno.None ? FileTree.OpenDirectory(root, path, out found) : error;
            }

            if (error != Errno.None)
            {
                return error;
            }

            key = path.ToArray();
            Keep(key, found!);
        }

        _lastPath = key;
        _last = found;
        directory = found!;
        return Errno.None;
    }

    /// <summary>Forgets every path, since a directory or a symbolic link was replaced; one descriptor stays in use.</summary>
    internal void ForgetAllBut(FileDescriptor inUse)
    {
        Forget(inUse);
        if (inUse != root)
        {
            _retired = inUse;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Forget(null);

    private void Forget(FileDescriptor? inUse)
    {
        if (_retired != inUse)
        {
            _retired?.Dispose();
        }

        _retired = null;
        _last = null;
        foreach (FileDescriptor directory in _open.Values)
        {
            if (directory != inUse)
            {
                directory.Dispose();
            }
        }

        _open.Clear();
    }

    private void Keep(byte[] path, FileDescriptor directory)
    {
        if (_open.Count >= MaxOpen)
        {
            Forget(null);
        }

        _open.Add(path, directory);
    }

    // Forward from the root, opening each longer part: a part that exists may be a link to somewhere else in the root, and
    // the next part is then made there. Only a last component is ever made, never "..".
    private Errno MakeAll(ReadOnlySpan<byte> path, int linksLeft)
    {
        int end = 0;
        int nameStart = 0;
        FileDescriptor? parent = null;
        try
        {
            while (end < path.Length)
            {
                nameStart = end == 0 ? 0 : end + 1;
                int slash = path[nameStart..].IndexOf((byte)'/');
                int next = slash < 0 ? path.Length : nameStart + slash;
                Errno error = FileTree.OpenDirectory(root, path[..next], out FileDescriptor? directory);
                if (error == Errno.NoEnt)
                {
                    error = MakeOne(parent ?? root, path[..next], path[nameStart..next], linksLeft);
                    error = error == Errno.None ? FileTree.OpenDirectory(root, path[..next], out directory) : error;
                }

                if (error != Errno.None)
                {
                    return error;
                }

                parent?.Dispose();
                parent = directory;
                end = next;
            }

            return Errno.None;
        }
        finally
        {
            parent?.Dispose();
        }
    }

    private Errno MakeOne(FileDescriptor parent, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, int linksLeft)
    {
        Errno error = FileTree.MakeDirectory(parent, name, 0x1ED);
        if (error == Errno.None)
        {
            made(parent, path.ToArray(), name.ToArray());
            return Errno.None;
        }

        if (error != Errno.Exist)
        {
            return error;
        }

        // A symbolic link that leads nowhere yet: make what it names.
        if (FileTree.ReadLink(parent, name, out byte[] target) != Errno.None || linksLeft == 0)
        {
            return Errno.NotDir;
        }

        byte[] where = target.AsSpan().StartsWith("/"u8)
            ? target.AsSpan().TrimStart((byte)'/').ToArray()
            : [.. path[..(path.Length - name.Length)], .. target];
        return where.Length is 0 or > FileTree.MaxPath ? Errno.NameTooLong : MakeAll(where, linksLeft - 1);
    }
}
