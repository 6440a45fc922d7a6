using System.Globalization;

namespace Hull;

/// <summary>An amount of bytes, read and written the way Docker does: <c>512m</c> is 512 × 1,048,576.</summary>
public readonly record struct ByteSize(long Bytes) : IComparable<ByteSize>
{
    private const long Kibi = 1024;

    /// <summary>Reads <c>123</c>, <c>64k</c>, <c>512m</c>, <c>1.5g</c>, <c>2t</c>, with an optional <c>b</c> or <c>ib</c>, in either case.</summary>
    /// <returns>False when the text is not an amount, is negative, or does not fit.</returns>
    public static bool TryParse(string? text, out ByteSize size)
    {
        size = default;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        if (rest.EndsWith("ib", StringComparison.OrdinalIgnoreCase))
        {
            rest = rest[..^2];
        }
        else if (rest.EndsWith("b", StringComparison.OrdinalIgnoreCase))
        {
            rest = rest[..^1];
        }

        if (rest.IsEmpty)
        {
            return false;
        }

        long unit = UnitOf(rest[^1]);
        ReadOnlySpan<char> number = unit > 1 ? rest[..^1] : rest;
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value)
            || value > (decimal)long.MaxValue / unit)
        {
            return false;
        }

        size = new ByteSize((long)(value * unit));
        return true;
    }

    /// <summary>Reads an amount from outside.</summary>
    /// <exception cref="HullException">The text is not an amount of bytes.</exception>
    public static ByteSize Parse(string text) => TryParse(text, out ByteSize size)
        ? size
        : throw new HullException(ErrorKind.InvalidArgument, $"'{text}' is not a size such as '512m' or '1.5g'.");

    /// <inheritdoc/>
    public int CompareTo(ByteSize other) => Bytes.CompareTo(other.Bytes);

    /// <summary>Whether one amount is less than another.</summary>
    public static bool operator <(ByteSize left, ByteSize right) => left.Bytes < right.Bytes;

    /// <summary>Whether one amount is more than another.</summary>
    public static bool operator >(ByteSize left, ByteSize right) => left.Bytes > right.Bytes;

    /// <summary>Whether one amount is at most another.</summary>
    public static bool operator <=(ByteSize left, ByteSize right) => left.Bytes <= right.Bytes;

    /// <summary>Whether one amount is at least another.</summary>
    public static bool operator >=(ByteSize left, ByteSize right) => left.Bytes >= right.Bytes;

    /// <summary>The amount with a decimal unit and four significant digits, as <c>docker images</c> prints it: <c>117MB</c>.</summary>
    public string ToDecimalString() => Format(1000, ["B", "kB", "MB", "GB", "TB", "PB", "EB"]);

    /// <summary>The amount with a binary unit and four significant digits, as <c>docker stats</c> prints it: <c>1.5GiB</c>.</summary>
    public override string ToString() => Format(Kibi, ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]);

    private static long UnitOf(char suffix) => char.ToLowerInvariant(suffix) switch
    {
        'k' => Kibi,
        'm' => Kibi * Kibi,
        'g' => Kibi * Kibi * Kibi,
        't' => Kibi * Kibi * Kibi * Kibi,
        'p' => Kibi * Kibi * Kibi * Kibi * Kibi,
        _ => 1,
    };

    private string Format(long step, ReadOnlySpan<string> units)
    {
        double value = Bytes;
        int unit = 0;
        while (value >= step && unit < units.Length - 1)
        {
            value /= step;
            unit++;
        }

        string digits = value switch
        {
            >= 1000 => value.ToString("0", CultureInfo.InvariantCulture),
            >= 100 => value.ToString("0.#", CultureInfo.InvariantCulture),
            >= 10 => value.ToString("0.##", CultureInfo.InvariantCulture),
            _ => value.ToString("0.###", CultureInfo.InvariantCulture),
        };
        return digits + units[unit];
    }
}
