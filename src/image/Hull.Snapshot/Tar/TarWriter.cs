using System.Globalization;
using System.Text;
using Hull.Linux;

namespace Hull.Snapshot.Tar;

/// <summary>Writes an archive: plain ustar where that is enough, pax records where not. The same input gives the same bytes.</summary>
/// <remarks>Files with holes are written in GNU's pax form 1.0. Not thread-safe. Source: POSIX.1-2017, pax.</remarks>
public sealed class TarWriter : IDisposable
{
    private const long MaxOctalLong = (1L << 33) - 1;
    private const long MaxOctalShort = (1L << 21) - 1;
    private const int BufferBytes = 64 * 1024;

    private readonly Stream _target;
    private readonly bool _leaveOpen;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly MemoryStream _records = new();
    private int _used;
    private long _bodyLeft;
    private int _padding;
    private bool _finished;

    /// <summary>Writes to a stream; nothing is complete before <see cref="Finish"/>.</summary>
    public TarWriter(Stream target, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(target);
        _target = target;
        _leaveOpen = leaveOpen;
    }

    /// <summary>Writes an entry's header; a file's body must follow by <see cref="WriteBody"/>.</summary>
    public void WriteHeader(TarHeader header)
    {
        ArgumentNullException.ThrowIfNull(header);
        ThrowIfBodyIsMissing();
        byte[]? map = header.Extents is null ? null : SparseMap(header.Extents);
        long stored = header.Type != TarEntryType.File ? 0
            : header.Extents is null ? header.Size
            : map!.Length + header.Extents.Sum(extent => extent.Length); // Not null: made from the extents above.
        Span<byte> block = stackalloc byte[TarFormat.BlockBytes];
        block.Clear();
        _records.SetLength(0);
        FillNames(block, header);
        FillNumbers(block, header, stored);
        foreach ((byte[] name, byte[] value) in header.Attributes)
        {
            AddRecord([.. "SCHILY.xattr."u8, .. name], value);
        }

        if (map is not null)
        {
            AddRecord("GNU.sparse.major"u8, "1"u8);
            AddRecord("GNU.sparse.minor"u8, "0"u8);
            AddRecord("GNU.sparse.name"u8, header.Path);
            AddRecord("GNU.sparse.realsize"u8, Decimal(header.Size));
        }

        WriteRecords(header);
        Seal(block, TypeFlag(header.Type));
        Append(block);
        _bodyLeft = stored;
        _padding = TarFormat.PaddingOf(stored);
        if (map is not null)
        {
            WriteBody(map);
        }
    }

    /// <summary>Writes a part of the body of the entry begun last; of a file with holes only its runs.</summary>
    public void WriteBody(ReadOnlySpan<byte> part)
    {
        if (part.Length > _bodyLeft)
        {
            throw new InvalidOperationException("The body is longer than its header says.");
        }

        _bodyLeft -= part.Length;
        Append(part);
        if (_bodyLeft == 0)
        {
            AppendZeros(_padding);
            _padding = 0;
        }
    }

    /// <summary>Writes the end of the archive.</summary>
    public void Finish()
    {
        if (!_finished)
        {
            ThrowIfBodyIsMissing();
            _finished = true;
            AppendZeros(2 * TarFormat.BlockBytes);
            Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _records.Dispose();
        if (!_leaveOpen)
        {
            _target.Dispose();
        }
    }

    private void FillNames(Span<byte> block, TarHeader header)
    {
        byte[] path = header.Type == TarEntryType.Directory ? [.. header.Path, (byte)'/'] : header.Path;
        if (path.Length <= TarFormat.NameLength)
        {
            path.CopyTo(block);
        }
        else if (TrySplit(path, out int slash))
        {
            path.AsSpan(slash + 1).CopyTo(block);
            path.AsSpan(0, slash).CopyTo(block[TarFormat.PrefixOffset..]);
        }
        else
        {
            DeclareEncoding(path);
            AddRecord("path"u8, path);
            path.AsSpan(0, TarFormat.NameLength).CopyTo(block);
        }

        if (header.LinkTarget.Length > TarFormat.NameLength)
        {
            DeclareEncoding(header.LinkTarget);
            AddRecord("linkpath"u8, header.LinkTarget);
        }

        header.LinkTarget.AsSpan(0, Math.Min(header.LinkTarget.Length, TarFormat.NameLength))
            .CopyTo(block[TarFormat.LinkOffset..]);
    }

    private void FillNumbers(Span<byte> block, TarHeader header, long stored)
    {
        PutOctal(block.Slice(TarFormat.ModeOffset, TarFormat.ShortNumber), header.Mode & 0xFFF);
        PutOwner(block.Slice(TarFormat.UidOffset, TarFormat.ShortNumber), header.Uid, "uid"u8);
        PutOwner(block.Slice(TarFormat.GidOffset, TarFormat.ShortNumber), header.Gid, "gid"u8);
        if (stored > MaxOctalLong)
        {
            AddRecord("size"u8, Decimal(stored));
        }

        PutOctal(block.Slice(TarFormat.SizeOffset, TarFormat.LongNumber), stored > MaxOctalLong ? 0 : stored);
        FileTime time = header.Modified;
        bool simple = time.Seconds is >= 0 and <= MaxOctalLong;
        if (!simple || time.Nanoseconds != 0)
        {
            AddRecord("mtime"u8, TimeText(time));
        }

        PutOctal(block.Slice(TarFormat.TimeOffset, TarFormat.LongNumber), simple ? time.Seconds : 0);
        if (header.Type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice)
        {
            PutOctal(block.Slice(TarFormat.MajorOffset, TarFormat.ShortNumber), header.DeviceMajor);
            PutOctal(block.Slice(TarFormat.MinorOffset, TarFormat.ShortNumber), header.DeviceMinor);
        }
    }

    private void PutOwner(Span<byte> field, uint owner, ReadOnlySpan<byte> key)
    {
        if (owner > MaxOctalShort)
        {
            AddRecord(key, Decimal(owner));
        }

        PutOctal(field, owner > MaxOctalShort ? 0 : owner);
    }

    // The name of an extended header carries no meaning; it must not vary.
    private void WriteRecords(TarHeader header)
    {
        if (_records.Length == 0)
        {
            return;
        }

        ReadOnlySpan<byte> path = header.Path;
        ReadOnlySpan<byte> name = path[(path.LastIndexOf((byte)'/') + 1)..];
        Span<byte> block = stackalloc byte[TarFormat.BlockBytes];
        block.Clear();
        ReadOnlySpan<byte> prefix = "PaxHeaders.0/"u8;
        prefix.CopyTo(block);
        name[..Math.Min(name.Length, TarFormat.NameLength - prefix.Length)].CopyTo(block[prefix.Length..]);
        PutOctal(block.Slice(TarFormat.ModeOffset, TarFormat.ShortNumber), 0x1A4);
        PutOctal(block.Slice(TarFormat.UidOffset, TarFormat.ShortNumber), 0);
        PutOctal(block.Slice(TarFormat.GidOffset, TarFormat.ShortNumber), 0);
        PutOctal(block.Slice(TarFormat.SizeOffset, TarFormat.LongNumber), _records.Length);
        PutOctal(block.Slice(TarFormat.TimeOffset, TarFormat.LongNumber), 0);
        Seal(block, (byte)'x');
        Append(block);
        Append(_records.GetBuffer().AsSpan(0, (int)_records.Length));
        AppendZeros(TarFormat.PaddingOf(_records.Length));
    }

    private void DeclareEncoding(ReadOnlySpan<byte> text)
    {
        if (_records.Length == 0 && !System.Text.Unicode.Utf8.IsValid(text))
        {
            AddRecord("hdrcharset"u8, "BINARY"u8);
        }
    }

    private void AddRecord(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        // The length counts its own digits.
        int rest = key.Length + value.Length + 3;
        int length = rest + 1;
        while (length != rest + DigitsOf(length))
        {
            length = rest + DigitsOf(length);
        }

        _records.Write(Decimal(length));
        _records.WriteByte((byte)' ');
        _records.Write(key);
        _records.WriteByte((byte)'=');
        _records.Write(value);
        _records.WriteByte((byte)'\n');
    }

    private void ThrowIfBodyIsMissing()
    {
        if (_bodyLeft > 0)
        {
            throw new InvalidOperationException("The body is shorter than its header says.");
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > BufferBytes - _used)
        {
            Flush();
            if (bytes.Length >= BufferBytes)
            {
                _target.Write(bytes);
                return;
            }
        }

        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    private void AppendZeros(int count)
    {
        Span<byte> zeros = stackalloc byte[2 * TarFormat.BlockBytes];
        zeros.Clear();
        Append(zeros[..count]);
    }

    private void Flush()
    {
        _target.Write(_buffer.AsSpan(0, _used));
        _used = 0;
    }

    private static void Seal(Span<byte> block, byte flag)
    {
        block[TarFormat.TypeOffset] = flag;
        "ustar\u000000"u8.CopyTo(block[TarFormat.MagicOffset..]);
        Span<byte> field = block.Slice(TarFormat.ChecksumOffset, TarFormat.ShortNumber);
        field.Fill((byte)' ');
        long sum = 0;
        foreach (byte value in block)
        {
            sum += value;
        }

        PutOctal(field[..^1], sum);
    }

    private static void PutOctal(Span<byte> field, long value)
    {
        field[^1] = 0;
        for (int i = field.Length - 2; i >= 0; i--)
        {
            field[i] = (byte)('0' + (value & 7));
            value >>= 3;
        }
    }

    private static bool TrySplit(ReadOnlySpan<byte> path, out int slash)
    {
        slash = path[..Math.Min(path.Length - 1, TarFormat.PrefixLength + 1)].LastIndexOf((byte)'/');
        return slash > 0 && path.Length - slash - 1 <= TarFormat.NameLength;
    }

    private static byte[] SparseMap(IReadOnlyList<TarExtent> extents)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{extents.Count}\n");
        foreach (TarExtent extent in extents)
        {
            text.Append(CultureInfo.InvariantCulture, $"{extent.Offset}\n{extent.Length}\n");
        }

        byte[] map = new byte[text.Length + TarFormat.PaddingOf(text.Length)];
        Encoding.ASCII.GetBytes(text.ToString(), map);
        return map;
    }

    private static byte TypeFlag(TarEntryType type) => type switch
    {
        TarEntryType.File => (byte)'0',
        TarEntryType.HardLink => (byte)'1',
        TarEntryType.SymbolicLink => (byte)'2',
        TarEntryType.CharacterDevice => (byte)'3',
        TarEntryType.BlockDevice => (byte)'4',
        TarEntryType.Directory => (byte)'5',
        _ => (byte)'6',
    };

    private static int DigitsOf(int number) => number.ToString(CultureInfo.InvariantCulture).Length;

    private static byte[] Decimal(long number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    // pax writes times before 1970 as a negative decimal: -2 s and 500,000,000 ns is "-1.5".
    private static byte[] TimeText(FileTime time)
    {
        bool before = time.Seconds < 0;
        long seconds = before && time.Nanoseconds > 0 ? time.Seconds + 1 : time.Seconds;
        long nanoseconds = before && time.Nanoseconds > 0 ? 1_000_000_000 - time.Nanoseconds : time.Nanoseconds;
        string text = string.Create(CultureInfo.InvariantCulture, $"{(before ? "-" : "")}{Math.Abs(seconds)}");
        return Encoding.ASCII.GetBytes(nanoseconds == 0
            ? text
            : text + "." + nanoseconds.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0'));
    }
}
