namespace Hull.Snapshot.Tar;

public sealed partial class TarReader
{
    private void TakeSparseRecord(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, Range valueRange)
    {
        if (key.SequenceEqual("name"u8))
        {
            _sparse.Name = valueRange;
            return;
        }

        if (key.SequenceEqual("map"u8))
        {
            _sparse.IsSparse = true;
            TakeSparseMap(value);
            return;
        }

        if (key.SequenceEqual("numblocks"u8))
        {
            _sparse.IsSparse = true;
            return;
        }

        if (!TarFormat.TryReadDecimal(value, out long number))
        {
            throw Damaged("a sparse map has something that is no number");
        }

        if (key.SequenceEqual("major"u8))
        {
            _sparse.Major = number;
            _sparse.IsSparse = number != 0 || _sparse.IsSparse;
        }
        else if (key.SequenceEqual("realsize"u8) || key.SequenceEqual("size"u8))
        {
            _sparse.RealSize = number;
        }
        else if (key.SequenceEqual("offset"u8))
        {
            _sparse.IsSparse = true;
            _sparse.Offset = number;
        }
        else if (key.SequenceEqual("numbytes"u8))
        {
            AddExtent(_sparse.Offset, number);
        }
    }

    // Form 0.1: "offset,length,offset,length".
    private void TakeSparseMap(ReadOnlySpan<byte> map)
    {
        _entry.ClearExtents();
        while (!map.IsEmpty)
        {
            long offset = TakeMapNumber(ref map);
            AddExtent(offset, TakeMapNumber(ref map));
        }
    }

    private long TakeMapNumber(ref ReadOnlySpan<byte> map)
    {
        int comma = map.IndexOf((byte)',');
        ReadOnlySpan<byte> digits = comma < 0 ? map : map[..comma];
        map = comma < 0 ? default : map[(comma + 1)..];
        return TarFormat.TryReadDecimal(digits, out long number)
            ? number
            : throw Damaged("a sparse map has something that is no number");
    }

    private void ReadPaxSparse()
    {
        if (_sparse.Major == 1)
        {
            ReadMapInBody();
        }
        else if (_sparse.Major != 0)
        {
            throw Damaged($"sparse files of form {_sparse.Major} are unknown");
        }

        FinishSparse(_sparse.RealSize ?? throw Damaged("a sparse file does not say its size"));
    }

    // Form 1.0: the body begins with decimal lines, count then offset and length of each run, padded to a block.
    private void ReadMapInBody()
    {
        _entry.ClearExtents();
        long before = _bodyLeft;
        long count = ReadMapLine();
        if (count > _limits.MaxExtents)
        {
            throw TooMuch($"a sparse file of {count} runs");
        }

        for (long i = 0; i < count; i++)
        {
            long offset = ReadMapLine();
            AddExtent(offset, ReadMapLine());
        }

        int padding = TarFormat.PaddingOf(before - _bodyLeft);
        if (padding > _bodyLeft)
        {
            throw Damaged("a sparse map is longer than its entry");
        }

        while (padding > 0)
        {
            padding -= ReadBody(padding).Length;
        }
    }

    private long ReadMapLine()
    {
        Span<byte> digits = stackalloc byte[20];
        for (int length = 0; length < digits.Length; length++)
        {
            ReadOnlySpan<byte> one = ReadBody(1);
            if (one.IsEmpty)
            {
                break;
            }

            if (one[0] == '\n')
            {
                return TarFormat.TryReadDecimal(digits[..length], out long number)
                    ? number
                    : throw Damaged("a sparse map has something that is no number");
            }

            digits[length] = one[0];
        }

        throw Damaged("a sparse map has something that is no number");
    }

    // The old form: four runs in the header, then blocks of 21 that are not part of the body.
    private void ReadGnuSparse(ReadOnlySpan<byte> header)
    {
        long realSize = Number(header, TarFormat.GnuRealSizeOffset, TarFormat.LongNumber, "size");
        AddGnuExtents(header[TarFormat.GnuSparseOffset..], TarFormat.GnuSparseInHeader);
        bool more = header[TarFormat.GnuIsExtendedOffset] != 0;
        while (more)
        {
            ReadOnlySpan<byte> block = ReadBlock();
            AddGnuExtents(block, TarFormat.GnuSparsePerBlock);
            more = block[TarFormat.GnuBlockIsExtendedOffset] != 0;
        }

        FinishSparse(realSize);
    }

    private void AddGnuExtents(ReadOnlySpan<byte> table, int count)
    {
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = table.Slice(i * TarFormat.GnuSparseEntryBytes, TarFormat.GnuSparseEntryBytes);
            if (entry[0] == 0)
            {
                break;
            }

            AddExtent(
                Number(entry, 0, TarFormat.LongNumber, "sparse map"),
                Number(entry, TarFormat.LongNumber, TarFormat.LongNumber, "sparse map"));
        }
    }

    private void AddExtent(long offset, long length)
    {
        if (_entry.Extents.Length >= _limits.MaxExtents)
        {
            throw TooMuch($"a sparse file of more than {_limits.MaxExtents} runs");
        }

        _entry.AddExtent(new TarExtent(offset, length));
    }

    private void FinishSparse(long realSize)
    {
        long end = 0;
        long stored = 0;
        foreach (TarExtent extent in _entry.Extents)
        {
            if (extent.Offset < end || extent.Length < 0 || extent.Length > realSize - extent.Offset)
            {
                throw Damaged("a sparse map's runs overlap or leave the file");
            }

            end = extent.Offset + extent.Length;
            stored += extent.Length;
        }

        if (realSize < 0 || stored != _bodyLeft)
        {
            throw Damaged("a sparse map does not fit its entry's size");
        }

        _entry.IsSparse = true;
        _entry.Size = realSize;
    }

    private struct PaxSparse
    {
        internal bool IsSparse;
        internal Range? Name;
        internal long Major;
        internal long? RealSize;
        internal long Offset;
    }
}
