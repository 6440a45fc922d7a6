using System.Text;
using Hull.Linux;

namespace Hull.Snapshot.Tar;

/// <summary>One entry of an archive while a <see cref="TarReader"/> stands on it; the reader reuses the object.</summary>
/// <remarks>Paths and attributes are bytes, as Linux has them. Spans are valid until the reader moves on.</remarks>
public sealed class TarEntry
{
    private readonly List<Attribute> _attributes = [];
    private byte[] _store = new byte[1024];
    private int _used;
    private Range _path;
    private Range _link;
    private TarExtent[] _extents = [];
    private int _extentCount;

    internal TarEntry()
    {
    }

    /// <summary>What it stands for.</summary>
    public TarEntryType Type { get; internal set; }

    /// <summary>The path as it stands in the archive: may be absolute, contain <c>..</c>, or end with a slash.</summary>
    public ReadOnlySpan<byte> Path => _store.AsSpan(_path);

    /// <summary>Target of a symbolic link; path of the earlier entry for a hard link.</summary>
    public ReadOnlySpan<byte> LinkTarget => _store.AsSpan(_link);

    /// <summary>Permission bits with set-user, set-group and sticky.</summary>
    public uint Mode { get; internal set; }

    /// <summary>Owning user.</summary>
    public uint Uid { get; internal set; }

    /// <summary>Owning group.</summary>
    public uint Gid { get; internal set; }

    /// <summary>Size of the file in bytes, holes included; 0 for anything but a file.</summary>
    public long Size { get; internal set; }

    /// <summary>When it changed last.</summary>
    public FileTime Modified { get; internal set; }

    /// <summary>Major number of a device.</summary>
    public uint DeviceMajor { get; internal set; }

    /// <summary>Minor number of a device.</summary>
    public uint DeviceMinor { get; internal set; }

    /// <summary>Whether the body holds only the runs of <see cref="Extents"/>.</summary>
    public bool IsSparse { get; internal set; }

    /// <summary>The stored runs of a sparse file: ascending, apart, inside <see cref="Size"/>.</summary>
    public ReadOnlySpan<TarExtent> Extents => _extents.AsSpan(0, _extentCount);

    /// <summary>How many extended attributes it has.</summary>
    public int AttributeCount => _attributes.Count;

    /// <summary>The path for messages.</summary>
    public string DisplayPath => Encoding.UTF8.GetString(Path);

    /// <summary>Name of an extended attribute, such as <c>security.capability</c>.</summary>
    public ReadOnlySpan<byte> AttributeName(int index) => _store.AsSpan(_attributes[index].Name);

    /// <summary>Value of an extended attribute.</summary>
    public ReadOnlySpan<byte> AttributeValue(int index) => _store.AsSpan(_attributes[index].Value);

    internal void Clear()
    {
        _attributes.Clear();
        _used = 0;
        _path = default;
        _link = default;
        _extentCount = 0;
        IsSparse = false;
        Size = 0;
        DeviceMajor = 0;
        DeviceMinor = 0;
    }

    internal void SetPath(ReadOnlySpan<byte> path) => _path = Keep(path);

    internal void SetPath(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> name)
    {
        Range first = Keep(prefix);
        Keep("/"u8);
        _path = first.Start..Keep(name).End;
    }

    internal void SetLinkTarget(ReadOnlySpan<byte> target) => _link = Keep(target);

    internal void AddAttribute(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        _attributes.Add(new Attribute(Keep(name), Keep(value)));

    internal void ClearExtents() => _extentCount = 0;

    internal void AddExtent(TarExtent extent)
    {
        if (_extentCount == _extents.Length)
        {
            Array.Resize(ref _extents, Math.Max(16, _extents.Length * 2));
        }

        _extents[_extentCount++] = extent;
    }

    private Range Keep(ReadOnlySpan<byte> bytes)
    {
        int start = _used;
        if (start + bytes.Length > _store.Length)
        {
            Array.Resize(ref _store, Math.Max(_store.Length * 2, start + bytes.Length));
        }

        bytes.CopyTo(_store.AsSpan(start));
        _used += bytes.Length;
        return start.._used;
    }

    private readonly record struct Attribute(Range Name, Range Value);
}
