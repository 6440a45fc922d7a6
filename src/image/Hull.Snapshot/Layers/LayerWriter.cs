using Hull.Linux;
using Hull.Snapshot.Tar;

namespace Hull.Snapshot.Layers;

/// <summary>Makes the files of an archive below one directory, with whiteouts in overlay's form.</summary>
/// <remarks>
/// One thread. Entries may come in any order, repeat, and replace each other; the last one counts. Directories get their
/// times at the end, because making a file inside changes them. Source: OCI image specification, layer.md; the kernel's
/// Documentation/filesystems/overlayfs.rst.
/// </remarks>
internal sealed partial class LayerWriter : IDisposable
{
    private const uint AccessBits = 0x1FF;
    private const uint OwnerAll = 0x1C0;

    private readonly FileDescriptor _root;
    private readonly UnpackOptions _options;
    private readonly ParentDirectories _parents;
    private readonly ArchivePath _path = new();
    private readonly ArchivePath _linkPath = new();
    private readonly PendingDirectories _pending = new();
    private readonly bool _privileged;
    private bool _maskIsClear;
    private uint _ownUid;
    private uint _ownGid;

    internal LayerWriter(FileDescriptor root, UnpackOptions options)
    {
        _root = root;
        _options = options;
        _privileged = !options.Rootless;
        _parents = new ParentDirectories(root, AdoptImplicit);
    }

    internal long Entries { get; private set; }

    internal long ContentBytes { get; private set; }

    internal long Skipped { get; private set; }

    /// <summary>Writes a whole archive. Must run on a thread of its own: it changes the thread's file mode mask.</summary>
    internal void WriteAll(TarReader reader)
    {
        _maskIsClear = FileTree.TryClearModeMaskOfThread();
        Check(FileTree.Status(_root, out FileStatus status));

        // A directory in use may be anybody's: then every owner is set.
        (_ownUid, _ownGid) = _options.IsPlain ? (uint.MaxValue, uint.MaxValue) : (status.Uid, status.Gid);
        while (reader.MoveNext())
        {
            Entries++;
            TarEntry entry = reader.Current;
            _path.Set(entry.Path);
            Write(reader, entry);
        }

        _pending.Finish(_root);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _parents.Dispose();
        CloseLower();
    }

    private void Write(TarReader reader, TarEntry entry)
    {
        if (_path.IsRoot)
        {
            WriteRoot(entry);
            return;
        }

        if (_path.Name.Length > FileTree.MaxName)
        {
            throw Refused($"has a name of {_path.Name.Length} bytes; Linux takes {FileTree.MaxName}");
        }

        if (_path.Name.StartsWith(".wh."u8) && !_options.IsPlain)
        {
            WriteWhiteout();
            return;
        }

        FileDescriptor parent = ParentOf(_path);
        switch (entry.Type)
        {
            case TarEntryType.File:
                WriteFile(reader, entry, parent);
                break;
            case TarEntryType.Directory:
                WriteDirectory(entry, parent);
                break;
            case TarEntryType.HardLink:
                WriteHardLink(entry, parent);
                break;
            case TarEntryType.SymbolicLink:
                WriteSymbolicLink(entry, parent);
                break;
            default:
                WriteNode(entry, parent);
                break;
        }
    }

    private void WriteRoot(TarEntry entry)
    {
        if (entry.Type != TarEntryType.Directory)
        {
            throw Refused("would replace the root directory");
        }

        if (_options.IsPlain)
        {
            return;
        }

        SetOwner(_root, entry);
        SetAttributes(entry, _root, default);
        _pending.Add([], entry.Mode, entry.Modified);
    }

    private void WriteFile(TarReader reader, TarEntry entry, FileDescriptor parent)
    {
        // As root the mode never hinders; otherwise the owner needs to write attributes before the final mode is set.
        uint mode = (entry.Mode & AccessBits) | (_privileged ? 0 : OwnerAll);
        Errno error = FileTree.CreateFile(parent, _path.Name, mode, out FileDescriptor? file);
        if (error == Errno.Exist)
        {
            Replace(parent, _path.Name);
            error = FileTree.CreateFile(parent, _path.Name, mode, out file);
        }

        Check(error);
        using (file)
        {
            CopyBody(reader, entry, file!);
            SetOwner(file!, entry);
            // chown takes away set-user bits and capabilities, so both come after it.
            if (mode != entry.Mode || !_maskIsClear)
            {
                Check(FileTree.SetMode(file!, entry.Mode));
            }

            for (int i = 0; i < entry.AttributeCount; i++)
            {
                if (Wants(entry.AttributeName(i)))
                {
                    CheckAttribute(FileTree.SetAttribute(file!, entry.AttributeName(i), entry.AttributeValue(i)), entry, i);
                }
            }

            Check(FileTree.SetModified(file!, entry.Modified));
        }
    }

    private void CopyBody(TarReader reader, TarEntry entry, FileDescriptor file)
    {
        ContentBytes += entry.Size;
        if (entry.IsSparse)
        {
            foreach (TarExtent extent in entry.Extents)
            {
                long done = 0;
                while (done < extent.Length)
                {
                    ReadOnlySpan<byte> part = reader.ReadBody((int)Math.Min(extent.Length - done, int.MaxValue));
                    Check(FileTree.WriteAt(file, part, extent.Offset + done));
                    done += part.Length;
                }
            }

            Check(FileTree.SetLength(file, entry.Size));
            return;
        }

        while (true)
        {
            ReadOnlySpan<byte> part = reader.ReadBody();
            if (part.IsEmpty)
            {
                return;
            }

            Check(FileTree.Write(file, part));
        }
    }

    private void WriteDirectory(TarEntry entry, FileDescriptor parent)
    {
        // The owner needs to write into it until the end; set-group would hand its group to what is made inside.
        uint mode = (entry.Mode & AccessBits) | OwnerAll;
        Errno error = FileTree.MakeDirectory(parent, _path.Name, mode);
        if (error == Errno.Exist)
        {
            Check(FileTree.Status(parent, _path.Name, out FileStatus existing));
            if (existing.Type != FileStatus.Directory && _options.IsPlain)
            {
                throw Refused("would replace a file by a directory");
            }

            if (existing.Type != FileStatus.Directory)
            {
                Replace(parent, _path.Name);
                Check(FileTree.MakeDirectory(parent, _path.Name, mode));
            }

            if (existing.IsWhiteout)
            {
                // This layer deletes what is below and then has its own: the two must not be merged.
                MakeOpaque(parent, _path.Name);
            }
        }
        else
        {
            Check(error);
        }

        if (_privileged && (error == Errno.Exist || entry.Uid != _ownUid || entry.Gid != _ownGid))
        {
            Check(FileTree.SetOwner(parent, _path.Name, entry.Uid, entry.Gid));
        }

        SetAttributes(entry, parent, _path.Name);
        _pending.Add(_path.Whole, entry.Mode, entry.Modified);
    }

    private void WriteHardLink(TarEntry entry, FileDescriptor parent)
    {
        _linkPath.Set(entry.LinkTarget);
        if (_linkPath.IsRoot || _linkPath.Name.Length > FileTree.MaxName)
        {
            throw Refused($"is a hard link to '{_linkPath}', which is no file");
        }

        Errno error = FileTree.OpenDirectory(_root, _linkPath.Parent, out FileDescriptor? source);
        if (error != Errno.None)
        {
            throw Refused($"is a hard link to '{_linkPath}', which is not in this layer", error);
        }

        using (source)
        {
            error = FileTree.MakeHardLink(source!, _linkPath.Name, parent, _path.Name);
            if (error == Errno.Exist && !IsSameFile(source!, _linkPath.Name, parent, _path.Name))
            {
                Replace(parent, _path.Name);
                error = FileTree.MakeHardLink(source!, _linkPath.Name, parent, _path.Name);
            }
        }

        if (error is Errno.NoEnt or Errno.Perm)
        {
            throw Refused($"is a hard link to '{_linkPath}', which is no file of this layer", error);
        }

        if (error != Errno.Exist)
        {
            Check(error);
        }
    }

    private static bool IsSameFile(FileDescriptor parent, ReadOnlySpan<byte> name, FileDescriptor otherParent, ReadOnlySpan<byte> otherName) =>
        FileTree.Status(parent, name, out FileStatus one) == Errno.None
        && FileTree.Status(otherParent, otherName, out FileStatus other) == Errno.None
        && one.Inode == other.Inode && one.Device == other.Device;

    private void WriteSymbolicLink(TarEntry entry, FileDescriptor parent)
    {
        if (entry.LinkTarget.IsEmpty)
        {
            throw Refused("is a symbolic link without a target");
        }

        Errno error = FileTree.MakeSymbolicLink(entry.LinkTarget, parent, _path.Name);
        if (error == Errno.Exist)
        {
            Replace(parent, _path.Name);
            error = FileTree.MakeSymbolicLink(entry.LinkTarget, parent, _path.Name);
        }

        Check(error);
        FinishNode(entry, parent, setMode: false);
    }

    private void WriteNode(TarEntry entry, FileDescriptor parent)
    {
        uint type = entry.Type switch
        {
            TarEntryType.CharacterDevice => FileStatus.CharacterDevice,
            TarEntryType.BlockDevice => FileStatus.BlockDevice,
            _ => FileStatus.Fifo,
        };
        if (!_privileged && type != FileStatus.Fifo)
        {
            Skipped++;
            return;
        }

        Errno error = FileTree.MakeNode(parent, _path.Name, type | entry.Mode, entry.DeviceMajor, entry.DeviceMinor);
        if (error == Errno.Exist)
        {
            Replace(parent, _path.Name);
            error = FileTree.MakeNode(parent, _path.Name, type | entry.Mode, entry.DeviceMajor, entry.DeviceMinor);
        }

        if (error == Errno.Perm && type != FileStatus.Fifo)
        {
            throw Refused("is a device, and this process may not make devices (CAP_MKNOD)", error);
        }

        Check(error);
        FinishNode(entry, parent, setMode: true);
    }

    private void FinishNode(TarEntry entry, FileDescriptor parent, bool setMode)
    {
        if (_privileged && (entry.Uid != _ownUid || entry.Gid != _ownGid))
        {
            Check(FileTree.SetOwner(parent, _path.Name, entry.Uid, entry.Gid));
        }

        if (setMode && (!_maskIsClear || (entry.Mode & ~AccessBits) != 0))
        {
            Check(FileTree.SetMode(parent, _path.Name, entry.Mode));
        }

        SetAttributes(entry, parent, _path.Name);
        Check(FileTree.SetModified(parent, _path.Name, entry.Modified));
    }

    private FileDescriptor ParentOf(ArchivePath path)
    {
        Errno error = _parents.Get(path.Parent, out FileDescriptor parent);
        return error switch
        {
            Errno.None => parent,
            Errno.NotDir or Errno.Loop => throw Refused("lies below something that is no directory", error),
            _ => throw Failure(error),
        };
    }

    private void SetOwner(FileDescriptor file, TarEntry entry)
    {
        if (_privileged && (entry.Uid != _ownUid || entry.Gid != _ownGid || file == _root))
        {
            Check(FileTree.SetOwner(file, entry.Uid, entry.Gid));
        }
    }

    // Something with this name is there already, from an earlier entry of the same archive.
    private void Replace(FileDescriptor parent, ReadOnlySpan<byte> name)
    {
        Check(FileTree.Status(parent, name, out FileStatus existing));
        if (existing.Type == FileStatus.Directory && _options.IsPlain)
        {
            throw Refused("would replace a directory by a file");
        }

        if (existing.Type == FileStatus.Directory)
        {
            _pending.Drop(_path.Whole);
        }

        Check(FileTree.RemoveTree(parent, name));
        if (existing.Type is FileStatus.Directory or FileStatus.SymbolicLink)
        {
            // Cached descriptors may lead through what is gone; the parent itself stays open in the caller's hands.
            _parents.ForgetAllBut(parent);
        }
    }

    private void Check(Errno error)
    {
        if (error != Errno.None)
        {
            throw Failure(error);
        }
    }

    private string Noun => _options.IsPlain ? "archive" : "layer";

    private HullException Failure(Errno error) => new(
        LinuxException.KindOf(error), $"The {Noun}'s entry '{_path}' cannot be made: {LinuxException.ReasonOf(error)}.",
        new LinuxException("openat2", $"{_path}", error));

    private HullException Refused(string why, Errno error = Errno.None) => new(
        ErrorKind.InvalidArgument,
        $"The {Noun}'s entry '{_path}' {why}{(error == Errno.None ? "" : $" ({LinuxException.TextOf(error)})")}.");
}
