using Hull.Linux;

namespace Hull.Snapshot.Tar;

/// <summary>The numbers and places of a tar header.</summary>
/// <remarks>Source: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".</remarks>
internal static class TarFormat
{
    internal const int BlockBytes = 512;

    internal const int NameLength = 100;
    internal const int ModeOffset = 100;
    internal const int UidOffset = 108;
    internal const int GidOffset = 116;
    internal const int SizeOffset = 124;
    internal const int TimeOffset = 136;
    internal const int ChecksumOffset = 148;
    internal const int TypeOffset = 156;
    internal const int LinkOffset = 157;
    internal const int MagicOffset = 257;
    internal const int UserNameOffset = 265;
    internal const int GroupNameOffset = 297;
    internal const int MajorOffset = 329;
    internal const int MinorOffset = 337;
    internal const int PrefixOffset = 345;
    internal const int PrefixLength = 155;
    internal const int ShortNumber = 8;
    internal const int LongNumber = 12;

    internal const int GnuSparseOffset = 386;
    internal const int GnuSparseInHeader = 4;
    internal const int GnuSparsePerBlock = 21;
    internal const int GnuSparseEntryBytes = 24;
    internal const int GnuIsExtendedOffset = 482;
    internal const int GnuRealSizeOffset = 483;
    internal const int GnuBlockIsExtendedOffset = 504;

    /// <summary>Bytes up to the next block boundary.</summary>
    internal static int PaddingOf(long length) => (int)(-length & (BlockBytes - 1));

    /// <summary>Whether the checksum field matches, summed as unsigned or (old writers) as signed bytes.</summary>
    internal static bool IsChecksumRight(ReadOnlySpan<byte> header)
    {
        if (!TryReadNumber(header.Slice(ChecksumOffset, ShortNumber), out long stored))
        {
            return false;
        }

        long unsigned = 0;
        long signed = 0;
        for (int i = 0; i < BlockBytes; i++)
        {
            byte value = i is >= ChecksumOffset and < ChecksumOffset + ShortNumber ? (byte)' ' : header[i];
            unsigned += value;
            signed += (sbyte)value;
        }

        return stored == unsigned || stored == signed;
    }

    /// <summary>Reads octal digits, or the base-256 form whose first bit is set (GNU tar manual, "Extensions").</summary>
    internal static bool TryReadNumber(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        if ((field[0] & 0x80) != 0)
        {
            return TryReadBinary(field, out value);
        }

        field = field.Trim(" \0"u8);
        if (field.Length > 21)
        {
            return false;
        }

        foreach (byte digit in field)
        {
            if (digit is < (byte)'0' or > (byte)'7' || value > long.MaxValue >> 3)
            {
                return false;
            }

            value = (value << 3) | (uint)(digit - '0');
        }

        return true;
    }

    /// <summary>Reads decimal digits that fill the whole span.</summary>
    internal static bool TryReadDecimal(ReadOnlySpan<byte> digits, out long value)
    {
        value = 0;
        if (digits.IsEmpty || digits.Length > 19)
        {
            return false;
        }

        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9' || value > (long.MaxValue - 9) / 10)
            {
                return false;
            }

            value = (value * 10) + (digit - '0');
        }

        return true;
    }

    /// <summary>Reads pax's times: <c>-?digits(.digits)?</c>; further digits than nanoseconds are cut towards the past.</summary>
    internal static bool TryReadTime(ReadOnlySpan<byte> text, out FileTime time)
    {
        time = default;
        bool negative = !text.IsEmpty && text[0] == '-';
        text = negative ? text[1..] : text;
        int dot = text.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = dot < 0 ? text : text[..dot];
        ReadOnlySpan<byte> fraction = dot < 0 ? default : text[(dot + 1)..];
        if (!TryReadDecimal(whole, out long seconds))
        {
            return false;
        }

        long nanoseconds = 0;
        long unit = 100_000_000;
        foreach (byte digit in fraction)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            nanoseconds += (digit - '0') * unit;
            unit /= 10;
        }

        time = !negative ? new FileTime(seconds, nanoseconds)
            : nanoseconds == 0 ? new FileTime(-seconds, 0)
            : new FileTime(-seconds - 1, 1_000_000_000 - nanoseconds);
        return true;
    }

    /// <summary>A text field up to its NUL.</summary>
    internal static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }

    private static bool TryReadBinary(ReadOnlySpan<byte> field, out long value)
    {
        // Two's complement, big-endian, without the marking bit; sign is the next bit.
        bool negative = (field[0] & 0x40) != 0;
        value = negative ? -1 : 0;
        if (field.Length > sizeof(long))
        {
            foreach (byte high in field[1..^sizeof(long)])
            {
                if (high != (negative ? 0xFF : 0))
                {
                    value = 0;
                    return false;
                }
            }

            if ((field[0] & 0x7F) != (negative ? 0x7F : 0))
            {
                value = 0;
                return false;
            }
        }
        else
        {
            value = (value << 7) | (uint)(field[0] & 0x7F);
        }

        ReadOnlySpan<byte> low = field.Length > sizeof(long) ? field[^sizeof(long)..] : field[1..];
        if (field.Length > sizeof(long) && (low[0] & 0x80) != (negative ? 0x80 : 0))
        {
            value = 0;
            return false;
        }

        foreach (byte b in low)
        {
            value = (value << 8) | b;
        }

        return negative ? value < 0 : value >= 0;
    }
}
