using System.Buffers.Text;
using Hull.Linux;

namespace Hull.Snapshot.Tar;

public sealed partial class TarReader
{
    private const int MaxAttributeName = 255;
    private const int MaxAttributeValue = 64 * 1024;

    private readonly List<(Range Name, Range Value)> _attributes = [];
    private byte[] _metadata = new byte[4096];
    private int _metadataUsed;
    private int _globalUsed;
    private Range? _path;
    private Range? _linkPath;
    private long? _size;
    private long? _uid;
    private long? _gid;
    private FileTime? _modified;
    private PaxSparse _sparse;

    // Global pax records stay at the front of the store and apply to every later entry.
    private void ResetMetadata()
    {
        _attributes.Clear();
        _metadataUsed = _globalUsed;
        _path = null;
        _linkPath = null;
        _size = null;
        _uid = null;
        _gid = null;
        _modified = null;
        _sparse = default;
        if (_globalUsed > 0)
        {
            TakeRecords(0.._globalUsed);
        }
    }

    /// <summary>Takes a header that only describes the next entry.</summary>
    private bool TryTakeMetadata(ReadOnlySpan<byte> header)
    {
        byte flag = header[TarFormat.TypeOffset];
        if (flag is not ((byte)'x' or (byte)'X' or (byte)'g' or (byte)'L' or (byte)'K' or (byte)'V'))
        {
            return false;
        }

        BeginBody(Number(header, TarFormat.SizeOffset, TarFormat.LongNumber, "size"));
        switch (flag)
        {
            case (byte)'V':
                SkipBody();
                break;
            case (byte)'L':
                _path = ReadLongName();
                break;
            case (byte)'K':
                _linkPath = ReadLongName();
                break;
            case (byte)'g':
                ReadGlobal();
                break;
            default:
                TakeRecords(ReadMetadata());
                break;
        }

        return true;
    }

    private Range ReadLongName()
    {
        Range whole = ReadMetadata();
        int start = whole.Start.Value;
        return start..(start + TarFormat.Text(_metadata.AsSpan(whole)).Length);
    }

    private void ReadGlobal()
    {
        if (_metadataUsed != _globalUsed)
        {
            throw Damaged("a global header stands between an entry and its own extended header");
        }

        _globalUsed = 0;
        _metadataUsed = 0;
        _globalUsed = ReadMetadata().End.Value;
        ResetMetadata();
    }

    private Range ReadMetadata()
    {
        if (_metadataUsed + _bodyLeft > _limits.MaxMetadataBytes)
        {
            throw TooMuch($"{_metadataUsed + _bodyLeft} bytes of extended headers before one entry");
        }

        int start = _metadataUsed;
        Reserve((int)_bodyLeft);
        while (_bodyLeft > 0)
        {
            ReadOnlySpan<byte> part = ReadBody();
            part.CopyTo(_metadata.AsSpan(_metadataUsed));
            _metadataUsed += part.Length;
        }

        SkipBody();
        return start.._metadataUsed;
    }

    private void Reserve(int more)
    {
        if (_metadataUsed + more > _metadata.Length)
        {
            Array.Resize(ref _metadata, Math.Max(_metadata.Length * 2, _metadataUsed + more));
        }
    }

    // A record is "LENGTH KEY=VALUE\n", where LENGTH counts all of it. Source: POSIX.1-2017, pax Extended Header.
    private void TakeRecords(Range range)
    {
        (int position, int end) = (range.Start.Value, range.End.Value);
        while (position < end)
        {
            ReadOnlySpan<byte> rest = _metadata.AsSpan(position..end);
            int space = rest.IndexOf((byte)' ');
            if (space < 1 || !TarFormat.TryReadDecimal(rest[..space], out long length)
                || length > rest.Length || length < space + 3 || rest[(int)length - 1] != '\n')
            {
                throw Damaged("an extended header has a malformed record");
            }

            int equals = rest[(space + 1)..(int)length].IndexOf((byte)'=');
            if (equals < 1)
            {
                throw Damaged("an extended header has a record without a key");
            }

            int key = position + space + 1;
            TakeRecord(key..(key + equals), (key + equals + 1)..(position + (int)length - 1));
            position += (int)length;
        }
    }

    private void TakeRecord(Range keyRange, Range valueRange)
    {
        ReadOnlySpan<byte> key = _metadata.AsSpan(keyRange);
        ReadOnlySpan<byte> value = _metadata.AsSpan(valueRange);
        if (key.SequenceEqual("path"u8))
        {
            _path = value.IsEmpty ? null : valueRange;
        }
        else if (key.SequenceEqual("linkpath"u8))
        {
            _linkPath = value.IsEmpty ? null : valueRange;
        }
        else if (key.SequenceEqual("size"u8))
        {
            _size = DecimalOrNull(value, "size");
        }
        else if (key.SequenceEqual("uid"u8))
        {
            _uid = DecimalOrNull(value, "uid");
        }
        else if (key.SequenceEqual("gid"u8))
        {
            _gid = DecimalOrNull(value, "gid");
        }
        else if (key.SequenceEqual("mtime"u8))
        {
            _modified = value.IsEmpty ? null
                : TarFormat.TryReadTime(value, out FileTime time) ? time
                : throw Damaged("a pax mtime is no time");
        }
        else if (key.StartsWith("SCHILY.xattr."u8))
        {
            AddAttribute((keyRange.Start.Value + "SCHILY.xattr.".Length)..keyRange.End, valueRange);
        }
        else if (key.StartsWith("LIBARCHIVE.xattr."u8))
        {
            AddEncodedAttribute(key["LIBARCHIVE.xattr.".Length..].ToArray(), value.ToArray());
        }
        else if (key.StartsWith("GNU.sparse."u8))
        {
            TakeSparseRecord(key["GNU.sparse.".Length..], value, valueRange);
        }
    }

    private long? DecimalOrNull(ReadOnlySpan<byte> value, string what) =>
        value.IsEmpty ? null
        : TarFormat.TryReadDecimal(value, out long number) ? number
        : throw Damaged($"a pax {what} is no number");

    private void AddAttribute(Range name, Range value)
    {
        int nameLength = name.End.Value - name.Start.Value;
        int valueLength = value.End.Value - value.Start.Value;
        if (nameLength is 0 or > MaxAttributeName || valueLength > MaxAttributeValue
            || _metadata.AsSpan(name).Contains((byte)0))
        {
            throw Damaged("an extended attribute is longer than Linux has them");
        }

        _attributes.Add((name, value));
    }

    // libarchive writes the name percent-encoded and the value in base64 without padding.
    private void AddEncodedAttribute(byte[] encodedName, byte[] encodedValue)
    {
        byte[] padded = new byte[(encodedValue.Length + 3) & ~3];
        padded.AsSpan().Fill((byte)'=');
        encodedValue.CopyTo(padded, 0);
        Reserve(encodedName.Length + padded.Length);
        int nameStart = _metadataUsed;
        for (int i = 0; i < encodedName.Length; i++)
        {
            bool escaped = encodedName[i] == '%' && i + 2 < encodedName.Length;
            if (escaped && Utf8Parser.TryParse(encodedName.AsSpan(i + 1, 2), out byte decoded, out int used, 'x') && used == 2)
            {
                _metadata[_metadataUsed++] = decoded;
                i += 2;
            }
            else
            {
                _metadata[_metadataUsed++] = encodedName[i];
            }
        }

        int valueStart = _metadataUsed;
        if (Base64.DecodeFromUtf8(padded, _metadata.AsSpan(valueStart), out _, out int written) != System.Buffers.OperationStatus.Done)
        {
            throw Damaged("an extended attribute is not base64");
        }

        _metadataUsed += written;
        AddAttribute(nameStart..valueStart, valueStart.._metadataUsed);
    }
}
