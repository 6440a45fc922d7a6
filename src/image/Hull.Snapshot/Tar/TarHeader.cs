using Hull.Linux;

namespace Hull.Snapshot.Tar;

/// <summary>What <see cref="TarWriter"/> writes of one file.</summary>
public sealed record TarHeader
{
    /// <summary>Relative path without a trailing slash; bytes as Linux has them.</summary>
    public required byte[] Path { get; init; }

    /// <summary>What it stands for.</summary>
    public required TarEntryType Type { get; init; }

    /// <summary>Target of a symbolic link; path of the earlier entry for a hard link.</summary>
    public byte[] LinkTarget { get; init; } = [];

    /// <summary>Permission bits with set-user, set-group and sticky.</summary>
    public uint Mode { get; init; }

    /// <summary>Owning user.</summary>
    public uint Uid { get; init; }

    /// <summary>Owning group.</summary>
    public uint Gid { get; init; }

    /// <summary>Bytes of a file, holes included.</summary>
    public long Size { get; init; }

    /// <summary>When it changed last.</summary>
    public FileTime Modified { get; init; }

    /// <summary>Major number of a device.</summary>
    public uint DeviceMajor { get; init; }

    /// <summary>Minor number of a device.</summary>
    public uint DeviceMinor { get; init; }

    /// <summary>Extended attributes in the order they are written.</summary>
    public IReadOnlyList<KeyValuePair<byte[], byte[]>> Attributes { get; init; } = [];

    /// <summary>The stored runs of a file with holes; null when the body is the whole file.</summary>
    public IReadOnlyList<TarExtent>? Extents { get; init; }
}
