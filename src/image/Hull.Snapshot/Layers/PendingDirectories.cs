using Hull.Linux;

namespace Hull.Snapshot.Layers;

/// <summary>Modes and times of directories, to be set when nothing is written into them any more.</summary>
internal sealed class PendingDirectories
{
    private readonly Dictionary<byte[], Final> _directories = new(ByteStringComparer.Instance);
    private readonly Dictionary<byte[], long> _dropped = new(ByteStringComparer.Instance);
    private long _sequence;

    /// <summary>Remembers a directory; a later call for the same path counts.</summary>
    internal void Add(ReadOnlySpan<byte> path, uint mode, FileTime modified) =>
        _directories.GetAlternateLookup<ReadOnlySpan<byte>>()[path] = new Final(mode, modified, _sequence++);

    /// <summary>Forgets a directory that was removed, and what was remembered below it.</summary>
    internal void Drop(ReadOnlySpan<byte> path) =>
        _dropped.GetAlternateLookup<ReadOnlySpan<byte>>()[path] = _sequence++;

    /// <summary>Sets everything, children before their parents.</summary>
    /// <exception cref="HullException">A mode or time cannot be set.</exception>
    internal void Finish(FileDescriptor root)
    {
        byte[][] paths = [.. _directories.Keys];
        Array.Sort(paths, static (left, right) => right.AsSpan().SequenceCompareTo(left));
        foreach (byte[] path in paths)
        {
            Final final = _directories[path];
            if (WasDropped(path, final.Sequence))
            {
                continue;
            }

            Errno error = FileTree.OpenDirectory(root, path, out FileDescriptor? directory);
            if (error is Errno.NoEnt or Errno.NotDir)
            {
                // Removed again by a later entry under another name of the same directory.
                continue;
            }

            using (directory)
            {
                error = error != Errno.None ? error : FileTree.SetMode(directory!, final.Mode);
                error = error != Errno.None ? error : FileTree.SetModified(directory!, final.Modified);
            }

            if (error != Errno.None)
            {
                throw new LinuxException("futimens", System.Text.Encoding.UTF8.GetString(path), error);
            }
        }
    }

    private bool WasDropped(ReadOnlySpan<byte> path, long sequence)
    {
        if (_dropped.Count == 0)
        {
            return false;
        }

        Dictionary<byte[], long>.AlternateLookup<ReadOnlySpan<byte>> dropped =
            _dropped.GetAlternateLookup<ReadOnlySpan<byte>>();
        while (!path.IsEmpty)
        {
            if (dropped.TryGetValue(path, out long when) && when > sequence)
            {
                return true;
            }

            int slash = path.LastIndexOf((byte)'/');
            path = slash < 0 ? default : path[..slash];
        }

        return false;
    }

    private readonly record struct Final(uint Mode, FileTime Modified, long Sequence);
}
