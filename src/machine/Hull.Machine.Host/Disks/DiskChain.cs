using Hull.Linux;
using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host.Disks.Qcow2;
using Microsoft.Win32.SafeHandles;

namespace Hull.Machine.Host.Disks;

/// <summary>All files of one disk, open: the one the guest writes first, then what lies below it.</summary>
/// <remarks>
/// Opening names and using bytes are parted, so that a jailed process can use what another one opened: the descriptors
/// are all it needs. Other writers are kept out by flock(2) as long as the files are open, where they ask.
/// </remarks>
public sealed class DiskChain : IDisposable
{
    private const int MaxLayers = 32;

    private readonly List<DiskLayer> _layers = [];

    private DiskChain(bool isReadOnly) => IsReadOnly = isReadOnly;

    /// <summary>The files, top first.</summary>
    public IReadOnlyList<DiskLayer> Layers => _layers;

    /// <summary>Whether the guest may only read.</summary>
    public bool IsReadOnly { get; }

    /// <summary>Opens a disk's files, and makes its overlay.</summary>
    /// <exception cref="HullException">A file is missing, in use, damaged, or in a place the image may not name.</exception>
    public static DiskChain Open(DiskOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        DiskChain chain = new(options.IsReadOnly);
        try
        {
            chain.OpenAll(options);
            return chain;
        }
        catch
        {
            chain.Dispose();
            throw;
        }
    }

    /// <summary>Takes over files that another process opened.</summary>
    public static DiskChain FromLayers(IEnumerable<DiskLayer> layers, bool isReadOnly)
    {
        DiskChain chain = new(isReadOnly);
        chain._layers.AddRange(layers);
        return chain;
    }

    /// <summary>Gives the files away: the caller closes them.</summary>
    public IReadOnlyList<DiskLayer> Release()
    {
        DiskLayer[] layers = [.. _layers];
        _layers.Clear();
        return layers;
    }

    /// <summary>Makes the disk, which takes over the files.</summary>
    /// <exception cref="HullException">An image is damaged or not supported.</exception>
    public IBlockStore ToStore()
    {
        IBlockStore? below = null;
        try
        {
            for (int i = _layers.Count - 1; i >= 0; i--)
            {
                DiskLayer layer = _layers[i];
                HostDiskFile file = new(layer.File);
                bool readOnly = i > 0 || IsReadOnly;
                below = layer.Format == DiskFormat.Raw
                    ? new RawDisk(file, layer.Name, readOnly)
                    : Qcow2Disk.Open(file, below, layer.Name, readOnly);
            }
        }
        catch
        {
            (below as IDisposable)?.Dispose();
            throw;
        }

        _layers.Clear();
        return below ?? throw new ArgumentException("A disk without files was asked for.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _layers.ForEach(layer => layer.File.Dispose());
        _layers.Clear();
    }

    private void OpenAll(DiskOptions options)
    {
        if (options.HasOverlay)
        {
            bool exists = options.OverlayPath is not null && File.Exists(options.OverlayPath);
            DiskOptions below = options with { IsReadOnly = true, HasOverlay = false };
            OpenBelow(options.Path, below.Format ?? DiskOptions.FormatOf(options.Path), below, writable: false);
            _layers.Insert(0, exists ? OpenOverlay(options.OverlayPath!) : MakeOverlay(options));
            return;
        }

        OpenBelow(options.Path, options.Format ?? DiskOptions.FormatOf(options.Path), options, writable: !options.IsReadOnly);
    }

    private void OpenBelow(string path, DiskFormat format, DiskOptions options, bool writable)
    {
        HashSet<(ulong Device, ulong Inode)> seen = [];
        while (true)
        {
            DiskLayer layer = new(path, format, OpenFile(path, writable));
            _layers.Add(layer);
            Errno error = HostFile.TryStat(FileDescriptor.Borrow((int)layer.File.DangerousGetHandle()), out HostFileStatus status);
            CheckPlace(layer, options);
            if (error != Errno.None || !seen.Add((status.Device, status.Inode)) || _layers.Count > MaxLayers)
            {
                throw new HullException(
                    ErrorKind.DataLoss, $"The disk '{options.Path}' has backing files in a loop or more than {MaxLayers} of them.");
            }

            if (format == DiskFormat.Raw)
            {
                return;
            }

            Qcow2Header header = ReadHeader(layer);
            if (header.BackingName is null)
            {
                return;
            }

            (path, format) = Backing(layer, header, options);
            writable = false;
        }
    }

    private static Qcow2Header ReadHeader(DiskLayer layer)
    {
        // A second handle's owner would close the file: the borrowed one does not.
        using HostDiskFile file = new(new SafeFileHandle(layer.File.DangerousGetHandle(), ownsHandle: false));
        return Qcow2Header.Read(file, layer.Name);
    }

    // An image from elsewhere could name any file of the host and let its guest read it.
    private static (string Path, DiskFormat Format) Backing(DiskLayer layer, Qcow2Header header, DiskOptions options)
    {
        string image = layer.Name;
        string name = header.BackingName!;
        DiskFormat format = header.BackingFormat switch
        {
            "raw" => DiskFormat.Raw,
            "qcow2" => DiskFormat.Qcow2,
            null => throw new HullException(
                ErrorKind.FailedPrecondition,
                $"The disk '{image}' does not say the format of its backing file '{name}'; set it with 'qemu-img rebase -u -F'."),
            _ => throw new HullException(
                ErrorKind.Unimplemented,
                $"The backing file '{name}' of '{image}' is of format '{header.BackingFormat}'; raw and qcow2 are supported."),
        };
        string folder = Path.GetDirectoryName(Path.GetFullPath(image))!;
        string path = Path.GetFullPath(name, folder);
        bool isInside = folder == "/" || path.StartsWith(folder + "/", StringComparison.Ordinal);
        if (name.Contains('\0', StringComparison.Ordinal) || (!isInside && !options.FollowsAnyBacking))
        {
            throw new HullException(
                ErrorKind.PermissionDenied,
                $"The disk '{image}' names the backing file '{name}' outside its own folder; allow it with 'backing=any'.");
        }

        return (path, format);
    }

    // The same again for what was opened in truth: a link inside the folder may lead out of it.
    private void CheckPlace(DiskLayer layer, DiskOptions options)
    {
        int index = _layers.IndexOf(layer);
        if (index == 0 || options.FollowsAnyBacking)
        {
            return;
        }

        string folder = Path.GetDirectoryName(RealPath(_layers[index - 1]))!;
        if (folder != "/" && !RealPath(layer).StartsWith(folder + "/", StringComparison.Ordinal))
        {
            throw new HullException(
                ErrorKind.PermissionDenied,
                $"The backing file '{layer.Name}' leads outside its image's own folder; allow it with 'backing=any'.");
        }
    }

    private static string RealPath(DiskLayer layer) =>
        File.ResolveLinkTarget($"/proc/self/fd/{layer.File.DangerousGetHandle()}", returnFinalTarget: false)!.FullName;

    private DiskLayer OpenOverlay(string path)
    {
        DiskLayer layer = new(path, DiskFormat.Qcow2, OpenFile(path, writable: true));
        try
        {
            DiskLayer below = _layers[0];
            string? name = ReadHeader(layer).BackingName;
            string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            return name is not null && Path.GetFullPath(name, folder) == Path.GetFullPath(below.Name)
                ? layer
                : throw new HullException(
                    ErrorKind.FailedPrecondition, $"The overlay '{path}' belongs to '{name ?? "no file"}', not to '{below.Name}'.");
        }
        catch
        {
            layer.File.Dispose();
            throw;
        }
    }

    private DiskLayer MakeOverlay(DiskOptions options)
    {
        string folder = options.OverlayPath is null ? Path.GetTempPath() : Path.GetDirectoryName(Path.GetFullPath(options.OverlayPath))!;
        string path = options.OverlayPath ?? Path.Combine(folder, $"hull-overlay-{Guid.NewGuid():N}.qcow2");
        long size = SizeBelow();
        SafeFileHandle file = OpenFile(path, writable: true, FileMode.CreateNew);
        try
        {
            using HostDiskFile target = new(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false));
            string format = _layers[0].Format == DiskFormat.Raw ? "raw" : "qcow2";
            Qcow2Creator.Create(target, path, size, Path.GetFullPath(options.Path), format);
            if (options.OverlayPath is null)
            {
                // Without a name it is gone when its last descriptor is closed, however the machine ends.
                File.Delete(path);
            }

            return new DiskLayer(path, DiskFormat.Qcow2, file);
        }
        catch
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    private long SizeBelow()
    {
        DiskLayer below = _layers[0];
        long size = below.Format == DiskFormat.Qcow2 ? ReadHeader(below).Size : RandomAccess.GetLength(below.File);
        return size % BlockDevice.SectorBytes == 0 && size > 0
            ? size
            : throw new HullException(
                ErrorKind.InvalidArgument, $"The disk '{below.Name}' has {size} bytes, which is not a multiple of 512.");
    }

    private static SafeFileHandle OpenFile(string path, bool writable, FileMode mode = FileMode.Open)
    {
        try
        {
            return File.OpenHandle(
                path, mode, writable ? FileAccess.ReadWrite : FileAccess.Read, writable ? FileShare.None : FileShare.Read);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            bool isMissing = error is FileNotFoundException or DirectoryNotFoundException;
            string why = isMissing ? "does not exist" : error is UnauthorizedAccessException ? "may not be opened" : "is in use or cannot be opened";
            throw new HullException(isMissing ? ErrorKind.NotFound : ErrorKind.PermissionDenied, $"The disk '{path}' {why}.", error);
        }
    }
}
