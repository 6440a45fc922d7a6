using Hull.Linux;

namespace Hull.Snapshot.Layers;

internal sealed partial class LayerWriter
{
    private List<FileDescriptor>? _lower;

    private ReadOnlySpan<byte> OpaqueAttribute => _options.Rootless ? "user.overlay.opaque"u8 : "trusted.overlay.opaque"u8;

    // Source: OCI image specification, layer.md, "Whiteouts".
    private void WriteWhiteout()
    {
        ReadOnlySpan<byte> name = _path.Name;
        if (name.SequenceEqual(".wh..wh..opq"u8))
        {
            if (_path.Parent.IsEmpty)
            {
                // The root of a layer is merged by overlay itself: mark it all the same, it is the image's wish.
                CheckMark(FileTree.SetAttribute(_root, OpaqueAttribute, "y"u8));
                return;
            }

            FileDescriptor opaque = ParentOf(_path);
            CheckMark(FileTree.SetAttribute(opaque, OpaqueAttribute, "y"u8));
            return;
        }

        if (name.StartsWith(".wh..wh."u8))
        {
            // Bookkeeping of AUFS, which says nothing about the files.
            return;
        }

        ReadOnlySpan<byte> hidden = name[".wh.".Length..];
        if (hidden.IsEmpty || hidden.SequenceEqual("."u8) || hidden.SequenceEqual(".."u8))
        {
            throw Refused("is a whiteout of no name");
        }

        FileDescriptor parent = ParentOf(_path);
        Errno error = FileTree.MakeNode(parent, hidden, FileStatus.CharacterDevice, 0, 0);
        if (error != Errno.Exist)
        {
            Check(error);
            return;
        }

        // The layer has its own file of that name, which hides the one below anyway; a directory must say so.
        Check(FileTree.Status(parent, hidden, out FileStatus existing));
        if (existing.Type == FileStatus.Directory)
        {
            MakeOpaque(parent, hidden);
        }
    }

    private void MakeOpaque(FileDescriptor parent, ReadOnlySpan<byte> name) =>
        CheckMark(FileTree.SetAttribute(parent, name, OpaqueAttribute, "y"u8));

    private void CheckMark(Errno error)
    {
        if (error != Errno.None)
        {
            throw new HullException(
                LinuxException.KindOf(error),
                $"The directory of '{_path}' cannot be marked opaque: {LinuxException.TextOf(error)}.");
        }
    }

    // A directory the archive uses without an entry of its own: as it is in the layers below, or root's with mode 0755.
    private void AdoptImplicit(FileDescriptor parent, byte[] path, byte[] name)
    {
        if (++Entries > _options.Limits.MaxEntries)
        {
            throw new HullException(
                ErrorKind.ResourceExhausted, $"The archive needs more than {_options.Limits.MaxEntries} entries, which is above the limit.");
        }

        if (!TryFindLower(path, out FileDescriptor? lower))
        {
            return;
        }

        using (lower)
        {
            Check(FileTree.Status(lower!, out FileStatus status));
            if (_privileged)
            {
                Check(FileTree.SetOwner(parent, name, status.Uid, status.Gid));
            }

            foreach (byte[] attribute in FileTree.AttributeNames(lower!, default))
            {
                if (Wants(attribute) && FileTree.ReadAttribute(lower!, default, attribute, out byte[] value) == Errno.None)
                {
                    _ = FileTree.SetAttribute(parent, name, attribute, value);
                }
            }

            _pending.Add(path, status.Permissions, status.Modified);
        }
    }

    private bool TryFindLower(byte[] path, out FileDescriptor? directory)
    {
        directory = null;
        _lower ??= [.. _options.Lower.Select(FileTree.OpenRoot)];
        foreach (FileDescriptor layer in _lower)
        {
            Errno error = FileTree.OpenDirectory(layer, path, out directory);
            if (error == Errno.None)
            {
                return true;
            }

            if (error != Errno.NoEnt)
            {
                // A whiteout or another file hides what is further below.
                return false;
            }
        }

        return false;
    }

    private void CloseLower()
    {
        foreach (FileDescriptor layer in _lower ?? [])
        {
            layer.Dispose();
        }
    }
}
