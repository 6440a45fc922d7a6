using System.Buffers.Binary;
using System.Text;

namespace Hull.Machine.Host.Disks.Qcow2;

/// <summary>The header of a qcow2 image, checked. Source: QEMU's docs/interop/qcow2.txt, "Header".</summary>
/// <remarks>Images come from anywhere: every number is bounded here, once, and the rest of the format trusts this.</remarks>
internal sealed record Qcow2Header
{
    /// <summary>Bytes that hold every field and extension this reader looks at.</summary>
    internal const int MaxHeaderBytes = 64 * 1024;

    /// <summary>Bytes of the version 3 header without extensions.</summary>
    internal const int Version3Bytes = 104;

    internal const uint Magic = 0x5146_49FB;
    internal const int BackingOffsetAt = 8;
    internal const int TableOffsetAt = 48;
    internal const int IncompatibleAt = 72;
    internal const int AutoClearAt = 88;
    internal const uint BackingFormatExtension = 0xE279_2ACA;

    private const int Version2Bytes = 72;
    private const int MinClusterBits = 9;
    private const int MaxClusterBits = 21;
    private const int MaxRefcountOrder = 6;
    private const int MaxNameBytes = 1023;
    private const long MaxL1Bytes = 32 << 20;
    private const long MaxRefcountTableBytes = 8 << 20;
    private const long MaxDiskBytes = 1L << 56;
    private const int MaxExtensions = 32;
    private const ulong IncompatibleDirty = 1;
    private const ulong IncompatibleCorrupt = 2;
    private const ulong IncompatibleDataFile = 4;
    private const ulong IncompatibleCompression = 8;
    private const ulong IncompatibleSubclusters = 16;

    internal required int Version { get; init; }

    internal required int ClusterBits { get; init; }

    internal required long Size { get; init; }

    internal required long L1Offset { get; init; }

    internal required int L1Entries { get; init; }

    internal required long RefcountTableOffset { get; init; }

    internal required int RefcountTableClusters { get; init; }

    internal required int RefcountOrder { get; init; }

    internal required int SnapshotCount { get; init; }

    internal required ulong AutoClear { get; init; }

    internal required ulong Incompatible { get; init; }

    internal required bool IsZstd { get; init; }

    /// <summary>The backing file's name as the image spells it; null when it has none.</summary>
    internal string? BackingName { get; init; }

    /// <summary>The backing file's format as the image spells it.</summary>
    internal string? BackingFormat { get; init; }

    internal int ClusterBytes => 1 << ClusterBits;

    /// <summary>Virtual bytes that one second-level table describes.</summary>
    internal long L2Coverage => (long)ClusterBytes * (ClusterBytes / sizeof(ulong));

    /// <summary>Whether reference counts may be wrong: written by a program that was killed with lazy counts.</summary>
    internal bool IsDirty => (Incompatible & IncompatibleDirty) != 0;

    /// <summary>Whether somebody has found the image damaged.</summary>
    internal bool IsCorrupt => (Incompatible & IncompatibleCorrupt) != 0;

    /// <summary>Reads and checks a header.</summary>
    /// <exception cref="HullException">It is damaged, or says something that is not supported.</exception>
    internal static Qcow2Header Read(IDiskFile file, string name)
    {
        byte[] bytes = new byte[(int)Math.Min(file.Length, MaxHeaderBytes)];
        if (bytes.Length < Version2Bytes || !file.TryRead(0, bytes) || U32(bytes, 0) != Magic)
        {
            throw new HullException(ErrorKind.DataLoss, $"The disk '{name}' is not a qcow2 image.");
        }

        uint version = U32(bytes, 4);
        if (version is not (2 or 3) || (version == 3 && bytes.Length < Version3Bytes))
        {
            throw new HullException(
                ErrorKind.Unimplemented, $"The disk '{name}' is qcow2 of version {version}; 2 and 3 are supported.");
        }

        int clusterBits = (int)Math.Min(U32(bytes, 20), int.MaxValue);
        if (clusterBits is < MinClusterBits or > MaxClusterBits)
        {
            throw Damaged(name, $"clusters of 2^{clusterBits} bytes");
        }

        RefuseFeatures(bytes, version, name);
        int headerBytes = version == 2 ? Version2Bytes : (int)Math.Min(U32(bytes, 100), int.MaxValue);
        if (headerBytes < (version == 2 ? Version2Bytes : Version3Bytes) || headerBytes > bytes.Length)
        {
            throw Damaged(name, $"a header of {headerBytes} bytes");
        }

        return Check(Parse(bytes, (int)version, clusterBits, headerBytes, name), file.Length, name);
    }

    internal static HullException Damaged(string name, string what) =>
        new(ErrorKind.DataLoss, $"The disk '{name}' is damaged: it has {what}.");

    private static Qcow2Header Parse(byte[] bytes, int version, int clusterBits, int headerBytes, string name)
    {
        bool hasCompression = version == 3 && headerBytes > Version3Bytes
            && (U64(bytes, IncompatibleAt) & IncompatibleCompression) != 0;
        byte compression = hasCompression ? bytes[Version3Bytes] : (byte)0;
        if (compression > 1)
        {
            throw new HullException(
                ErrorKind.Unimplemented, $"The disk '{name}' is compressed by method {compression}; zlib and zstd are supported.");
        }

        return new Qcow2Header
        {
            Version = version,
            ClusterBits = clusterBits,
            Size = (long)Math.Min(U64(bytes, 24), long.MaxValue),
            L1Entries = (int)Math.Min(U32(bytes, 36), int.MaxValue),
            L1Offset = (long)Math.Min(U64(bytes, 40), long.MaxValue),
            RefcountTableOffset = (long)Math.Min(U64(bytes, TableOffsetAt), long.MaxValue),
            RefcountTableClusters = (int)Math.Min(U32(bytes, 56), int.MaxValue),
            SnapshotCount = (int)Math.Min(U32(bytes, 60), int.MaxValue),
            Incompatible = version == 3 ? U64(bytes, IncompatibleAt) : 0,
            AutoClear = version == 3 ? U64(bytes, AutoClearAt) : 0,
            RefcountOrder = version == 3 ? (int)Math.Min(U32(bytes, 96), int.MaxValue) : 4,
            IsZstd = compression == 1,
            BackingName = BackingNameOf(bytes, name),
            BackingFormat = BackingFormatOf(bytes, headerBytes, clusterBits),
        };
    }

    private static Qcow2Header Check(Qcow2Header header, long fileBytes, string name)
    {
        long clusters = header.ClusterBytes;
        if (header.RefcountOrder > MaxRefcountOrder)
        {
            throw Damaged(name, $"reference counts of 2^{header.RefcountOrder} bits");
        }

        if (header.Size <= 0 || header.Size > MaxDiskBytes || header.Size % 512 != 0)
        {
            throw Damaged(name, $"an impossible size of {header.Size} bytes");
        }

        long needed = (header.Size + header.L2Coverage - 1) / header.L2Coverage;
        if (header.L1Entries < needed || (long)header.L1Entries * sizeof(ulong) > MaxL1Bytes)
        {
            throw Damaged(name, $"a first-level table of {header.L1Entries} entries for {header.Size} bytes");
        }

        long tableBytes = header.RefcountTableClusters * clusters;
        if (tableBytes is 0 or > MaxRefcountTableBytes)
        {
            throw Damaged(name, $"a table of reference counts of {tableBytes} bytes");
        }

        long l1Bytes = (long)header.L1Entries * sizeof(ulong);
        bool fits = IsPlaced(header.L1Offset, l1Bytes, clusters, fileBytes)
            && IsPlaced(header.RefcountTableOffset, tableBytes, clusters, fileBytes);
        bool overlap = header.L1Offset < header.RefcountTableOffset + tableBytes
            && header.RefcountTableOffset < header.L1Offset + l1Bytes;
        return fits && !overlap ? header : throw Damaged(name, "tables outside the file or over each other");
    }

    private static bool IsPlaced(long offset, long length, long clusterBytes, long fileBytes) =>
        offset >= clusterBytes && offset % clusterBytes == 0 && offset <= fileBytes && length <= fileBytes - offset;

    private static void RefuseFeatures(byte[] bytes, uint version, string name)
    {
        if (U32(bytes, 32) != 0)
        {
            throw new HullException(ErrorKind.Unimplemented, $"The disk '{name}' is encrypted, which is not supported.");
        }

        if (version == 2)
        {
            return;
        }

        ulong features = U64(bytes, IncompatibleAt);
        string? what = (features & IncompatibleDataFile) != 0 ? "keeps its data in another file"
            : (features & IncompatibleSubclusters) != 0 ? "has extended second-level entries"
            : (features & ~(IncompatibleDirty | IncompatibleCorrupt | IncompatibleCompression)) != 0
                ? $"needs unknown features (0x{features:x})"
                : null;
        if (what is not null)
        {
            throw new HullException(
                ErrorKind.Unimplemented, $"The disk '{name}' {what}, which is not supported; convert it with qemu-img.");
        }
    }

    private static string? BackingNameOf(byte[] bytes, string name)
    {
        ulong offset = U64(bytes, BackingOffsetAt);
        uint length = U32(bytes, 16);
        if (offset == 0)
        {
            return null;
        }

        if (length is 0 or > MaxNameBytes || offset > (ulong)bytes.Length || length > (ulong)bytes.Length - offset)
        {
            throw Damaged(name, "a backing file's name outside its header");
        }

        return Encoding.UTF8.GetString(bytes, (int)offset, (int)length);
    }

    // Extensions lie behind the header: type, length, bytes padded to eight; type 0 ends them.
    private static string? BackingFormatOf(byte[] bytes, int headerBytes, int clusterBits)
    {
        int at = headerBytes;
        int end = Math.Min(bytes.Length, 1 << clusterBits);
        for (int i = 0; i < MaxExtensions && at + 8 <= end; i++)
        {
            uint type = U32(bytes, at);
            uint length = U32(bytes, at + 4);
            if (type == 0 || length > (uint)(end - at - 8))
            {
                return null;
            }

            if (type == BackingFormatExtension)
            {
                return Encoding.UTF8.GetString(bytes, at + 8, (int)length);
            }

            at += 8 + (((int)length + 7) & ~7);
        }

        return null;
    }

    private static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));

    private static ulong U64(byte[] bytes, int at) => BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(at));
}
