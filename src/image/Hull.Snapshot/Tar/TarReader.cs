using Hull.Linux;

namespace Hull.Snapshot.Tar;

/// <summary>Reads an archive entry by entry, forward only, within <see cref="TarLimits"/>.</summary>
/// <remarks>
/// Knows ustar, pax (with SCHILY.xattr and LIBARCHIVE.xattr), GNU long names, base-256 numbers, and sparse files in GNU's
/// old form and its pax forms 0.0, 0.1 and 1.0. Whatever is damaged or above a limit is a <see cref="HullException"/> of
/// kind <see cref="ErrorKind.DataLoss"/> or <see cref="ErrorKind.ResourceExhausted"/>. Not thread-safe.
/// Source: POSIX.1-2017, pax; GNU tar manual, "Tar Internals".
/// </remarks>
public sealed partial class TarReader : IDisposable
{
    private const long NoOwner = uint.MaxValue;
    private const uint PermissionBits = 0xFFF;

    private readonly BlockSource _source;
    private readonly TarLimits _limits;
    private readonly TarEntry _entry = new();
    private ReadOnlyMemory<byte> _chunk;
    private int _position;
    private long _chunkStart;
    private long _headers;
    private long _bodyLeft;
    private int _padding;
    private bool _ended;

    /// <summary>Reads an uncompressed archive from a stream.</summary>
    /// <param name="stream">Read forward only.</param>
    /// <param name="limits">What the archive may ask for; the defaults when null.</param>
    /// <param name="leaveOpen">Whether disposing the reader leaves the stream open.</param>
    public TarReader(Stream stream, TarLimits? limits = null, bool leaveOpen = false)
        : this(new StreamBlockSource(stream, leaveOpen), limits)
    {
    }

    internal TarReader(BlockSource source, TarLimits? limits)
    {
        _source = source;
        _limits = limits ?? TarLimits.Default;
    }

    /// <summary>The entry the reader stands on; valid after <see cref="MoveNext"/> answered true.</summary>
    public TarEntry Current => _entry;

    /// <summary>Bytes of the archive read so far.</summary>
    public long Position => _chunkStart + _position;

    /// <summary>Goes to the next entry; what is left of this one's body is passed over.</summary>
    /// <returns>False at the end of the archive; the rest of the stream has been read then.</returns>
    public bool MoveNext()
    {
        if (_ended)
        {
            return false;
        }

        SkipBody();
        _entry.Clear();
        ResetMetadata();
        while (TryReadHeader(out ReadOnlySpan<byte> header))
        {
            if (++_headers > _limits.MaxEntries)
            {
                throw TooMuch($"more than {_limits.MaxEntries} entries");
            }

            if (!TryTakeMetadata(header))
            {
                ReadEntry(header);
                return true;
            }
        }

        _ended = true;
        Drain();
        return false;
    }

    /// <summary>The next bytes of the body; of a sparse file only what its extents store, in order.</summary>
    /// <param name="most">Most bytes wanted.</param>
    /// <returns>At least one byte; empty at the body's end. Valid until the next call.</returns>
    public ReadOnlySpan<byte> ReadBody(int most = int.MaxValue)
    {
        if (_bodyLeft == 0)
        {
            return default;
        }

        ReadOnlySpan<byte> available = Available();
        int length = (int)Math.Min(Math.Min(available.Length, _bodyLeft), most);
        _position += length;
        _bodyLeft -= length;
        return available[..length];
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private void ReadEntry(ReadOnlySpan<byte> header)
    {
        byte flag = header[TarFormat.TypeOffset];
        _entry.Mode = (uint)Number(header, TarFormat.ModeOffset, TarFormat.ShortNumber, "mode") & PermissionBits;
        _entry.Uid = Owner(_uid ?? Number(header, TarFormat.UidOffset, TarFormat.ShortNumber, "uid"));
        _entry.Gid = Owner(_gid ?? Number(header, TarFormat.GidOffset, TarFormat.ShortNumber, "gid"));
        _entry.Modified = _modified
            ?? new FileTime(Number(header, TarFormat.TimeOffset, TarFormat.LongNumber, "mtime"), 0);
        SetNames(header);
        _entry.Type = TypeOf(flag);
        if (_entry.Type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice)
        {
            _entry.DeviceMajor = Device(Number(header, TarFormat.MajorOffset, TarFormat.ShortNumber, "device number"));
            _entry.DeviceMinor = Device(Number(header, TarFormat.MinorOffset, TarFormat.ShortNumber, "device number"));
        }

        if (_entry.Type != TarEntryType.File)
        {
            // Header-only kinds have no body whatever their size field says, as in every common reader.
            return;
        }

        long size = _size ?? Number(header, TarFormat.SizeOffset, TarFormat.LongNumber, "size");
        BeginBody(size);
        _entry.Size = size;
        if (flag == 'S')
        {
            ReadGnuSparse(header);
        }
        else if (_sparse.IsSparse)
        {
            ReadPaxSparse();
        }
    }

    private TarEntryType TypeOf(byte flag)
    {
        switch (flag)
        {
            case 0 when _entry.Path.EndsWith("/"u8):
                return TarEntryType.Directory;
            case 0 or (byte)'0' or (byte)'7' or (byte)'S':
                return TarEntryType.File;
            case (byte)'1':
                return TarEntryType.HardLink;
            case (byte)'2':
                return TarEntryType.SymbolicLink;
            case (byte)'3':
                return TarEntryType.CharacterDevice;
            case (byte)'4':
                return TarEntryType.BlockDevice;
            case (byte)'5':
                return TarEntryType.Directory;
            case (byte)'6':
                return TarEntryType.Fifo;
            default:
                string shown = char.IsAsciiLetterOrDigit((char)flag) ? $"'{(char)flag}'" : $"0x{flag:x2}";
                throw new HullException(
                    ErrorKind.Unimplemented, $"The archive's entry '{_entry.DisplayPath}' is of the unknown kind {shown}.");
        }
    }

    private void SetNames(ReadOnlySpan<byte> header)
    {
        ReadOnlySpan<byte> name = TarFormat.Text(header[..TarFormat.NameLength]);
        ReadOnlySpan<byte> magic = header.Slice(TarFormat.MagicOffset, 6);
        ReadOnlySpan<byte> prefix = magic.SequenceEqual("ustar\0"u8)
            ? TarFormat.Text(header.Slice(TarFormat.PrefixOffset, TarFormat.PrefixLength))
            : default;
        if ((_sparse.Name ?? _path) is Range longPath)
        {
            _entry.SetPath(_metadata.AsSpan(longPath));
        }
        else if (prefix.IsEmpty)
        {
            _entry.SetPath(name);
        }
        else
        {
            _entry.SetPath(prefix, name);
        }

        _entry.SetLinkTarget(_linkPath is Range longLink
            ? _metadata.AsSpan(longLink)
            : TarFormat.Text(header.Slice(TarFormat.LinkOffset, TarFormat.NameLength)));
        foreach ((Range attribute, Range value) in _attributes)
        {
            _entry.AddAttribute(_metadata.AsSpan(attribute), _metadata.AsSpan(value));
        }

        CheckName(_entry.Path, "path");
        CheckName(_entry.LinkTarget, "link target");
    }

    private void CheckName(ReadOnlySpan<byte> name, string what)
    {
        if (name.Length > _limits.MaxPathBytes)
        {
            throw TooMuch($"a {what} of {name.Length} bytes");
        }

        if (name.Contains((byte)0))
        {
            throw Damaged($"a {what} contains a NUL byte");
        }
    }

    private uint Owner(long number) => number is >= 0 and < NoOwner
        ? (uint)number
        : throw Damaged($"the owner {number} is no user or group");

    private uint Device(long number) => number is >= 0 and <= uint.MaxValue
        ? (uint)number
        : throw Damaged($"{number} is no device number");

    private long Number(ReadOnlySpan<byte> header, int offset, int length, string what) =>
        TarFormat.TryReadNumber(header.Slice(offset, length), out long value)
            ? value
            : throw Damaged($"the {what} is no number");

    private void BeginBody(long size)
    {
        if (size < 0)
        {
            throw Damaged($"the size {size} is negative");
        }

        if (size > _limits.MaxBytes)
        {
            throw TooMuch($"an entry of {size} bytes");
        }

        _bodyLeft = size;
        _padding = TarFormat.PaddingOf(size);
    }

    private bool TryReadHeader(out ReadOnlySpan<byte> header)
    {
        header = default;
        if (!TryFill())
        {
            // Ending without the two zero blocks is wrong but common.
            return false;
        }

        header = ReadBlock();
        if (!header.ContainsAnyExcept((byte)0))
        {
            return false;
        }

        if (!TarFormat.IsChecksumRight(header))
        {
            throw Damaged(_headers == 0 ? "this is no tar header" : "a header's checksum is wrong");
        }

        return true;
    }

    private ReadOnlySpan<byte> ReadBlock()
    {
        if (!TryFill() || _chunk.Length - _position < TarFormat.BlockBytes)
        {
            throw Damaged("it ends in the middle of a header");
        }

        ReadOnlySpan<byte> block = _chunk.Span.Slice(_position, TarFormat.BlockBytes);
        _position += TarFormat.BlockBytes;
        return block;
    }

    private void SkipBody()
    {
        long rest = _bodyLeft + _padding;
        while (rest > 0)
        {
            int length = (int)Math.Min(Available().Length, rest);
            _position += length;
            rest -= length;
        }

        _bodyLeft = 0;
        _padding = 0;
    }

    private ReadOnlySpan<byte> Available() =>
        TryFill() ? _chunk.Span[_position..] : throw Damaged("it ends in the middle of an entry");

    private bool TryFill()
    {
        if (_position < _chunk.Length)
        {
            return true;
        }

        _chunkStart += _chunk.Length;
        if (_chunkStart > _limits.MaxBytes)
        {
            throw TooMuch($"more than {_limits.MaxBytes} bytes");
        }

        _position = 0;
        _chunk = _source.Next();
        return !_chunk.IsEmpty;
    }

    // Digests cover the whole stream, also what follows the archive's end.
    private void Drain()
    {
        do
        {
            _position = _chunk.Length;
        }
        while (TryFill());
    }

    private HullException Damaged(string why) =>
        new(ErrorKind.DataLoss, $"The archive is damaged before byte {Position}: {why}.");

    private static HullException TooMuch(string what) =>
        new(ErrorKind.ResourceExhausted, $"The archive has {what}, which is above the limit.");
}
