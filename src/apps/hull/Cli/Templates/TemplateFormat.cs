using System.Globalization;
using System.Text;

namespace Hull.Cli.Templates;

/// <summary><c>printf</c> as Go has it. Source: the documentation of Go's package fmt.</summary>
internal static class TemplateFormat
{
    private const int MaxWidth = 10_000;
    private const int DefaultPrecision = 6;

    /// <summary>Fills a format's verbs with values.</summary>
    internal static string Print(string format, ReadOnlySpan<object?> values)
    {
        StringBuilder output = new();
        int used = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                output.Append(format[i]);
                continue;
            }

            Verb verb = Verb.Read(format, ref i);
            if (verb.Letter == '%')
            {
                output.Append('%');
            }
            else if (verb.Letter == '\0')
            {
                output.Append("%!(NOVERB)");
            }
            else if (used == values.Length)
            {
                output.Append("%!").Append(verb.Letter).Append("(MISSING)");
            }
            else
            {
                output.Append(verb.Pad(One(verb, values[used++])));
            }
        }

        return used == values.Length ? output.ToString() : output.Append(Extra(values[used..])).ToString();
    }

    /// <summary>A text in quotes, with Go's escapes.</summary>
    internal static string Quote(string text)
    {
        StringBuilder output = new("\"");
        foreach (Rune rune in text.EnumerateRunes())
        {
            output.Append(rune.Value switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                '\r' => "\\r",
                '\a' => "\\a",
                '\b' => "\\b",
                '\f' => "\\f",
                '\v' => "\\v",
                < ' ' or 0x7F => string.Create(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
                _ => rune.ToString(),
            });
        }

        return output.Append('"').ToString();
    }

    private static string One(Verb verb, object? value) => (verb.Letter, value) switch
    {
        ('T', _) => TemplateText.TypeOf(value),
        ('v', string text) when verb.IsSharp => Quote(text),
        ('v', _) => TemplateText.Plain(value),
        (_, object?[] list) => $"[{string.Join(' ', list.Select(item => One(verb, item)))}]",
        ('s', string text) => verb.Cut(text),
        ('q', string text) => Quote(verb.Cut(text)),
        ('x', string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text)),
        ('X', string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text)),
        ('t', bool truth) => truth ? "true" : "false",
        ('c', long code) => Rune.IsValid((int)code) ? new Rune((int)code).ToString() : "\uFFFD",
        ('q', long code) => $"'{(Rune.IsValid((int)code) ? new Rune((int)code).ToString() : "\uFFFD")}'",
        ('d' or 'x' or 'X' or 'o' or 'b', long number) => Whole(verb, number),
        ('f' or 'F' or 'e' or 'E' or 'g' or 'G', double number) => Real(verb, number),
        _ => $"%!{verb.Letter}({TemplateText.TypeOf(value)}={TemplateText.Plain(value)})".Replace("<nil>=", "", StringComparison.Ordinal),
    };

    private static string Whole(Verb verb, long number)
    {
        ulong size = number < 0 ? (ulong)-(number + 1) + 1 : (ulong)number;
        string digits = verb.Letter switch
        {
            'x' => size.ToString("x", CultureInfo.InvariantCulture),
            'X' => size.ToString("X", CultureInfo.InvariantCulture),
            'o' => Digits(size, 3),
            'b' => Digits(size, 1),
            _ => size.ToString(CultureInfo.InvariantCulture),
        };
        string mark = !verb.IsSharp ? "" : verb.Letter switch { 'x' => "0x", 'X' => "0X", 'o' => "0", 'b' => "0b", _ => "" };
        return verb.Signed(number < 0, mark + (verb.Precision is { } least ? digits.PadLeft(least, '0') : digits));
    }

    private static string Digits(ulong number, int bits)
    {
        StringBuilder digits = new();
        do
        {
            digits.Insert(0, (char)('0' + (number & ((1UL << bits) - 1))));
            number >>= bits;
        }
        while (number != 0);
        return digits.ToString();
    }

    private static string Real(Verb verb, double number)
    {
        int precision = verb.Precision ?? DefaultPrecision;
        double size = Math.Abs(number);
        string zeros = precision == 0 ? "0" : "0." + new string('0', precision);
        string text = verb.Letter switch
        {
            'f' or 'F' => size.ToString("F" + precision.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
            'e' => size.ToString(zeros + "e+00", CultureInfo.InvariantCulture),
            'E' => size.ToString(zeros + "E+00", CultureInfo.InvariantCulture),
            _ when verb.Precision is { } digits => size.ToString("G" + Math.Max(1, digits).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
            _ => TemplateText.Plain(size),
        };
        return verb.Signed(number < 0, text);
    }

    private static string Extra(ReadOnlySpan<object?> values)
    {
        List<string> texts = [];
        foreach (object? value in values)
        {
            texts.Add(value is null ? "<nil>" : $"{TemplateText.TypeOf(value)}={TemplateText.Plain(value)}");
        }

        return $"%!(EXTRA {string.Join(", ", texts)})";
    }

    private readonly record struct Verb(char Letter, string Flags, int? Width, int? Precision)
    {
        internal bool IsSharp => Flags.Contains('#', StringComparison.Ordinal);

        private bool IsLeft => Flags.Contains('-', StringComparison.Ordinal);

        private bool HasZeros => Flags.Contains('0', StringComparison.Ordinal) && !IsLeft;

        // Leaves the cursor on the verb's letter.
        internal static Verb Read(string format, ref int at)
        {
            int start = ++at;
            while (at < format.Length && format[at] is '-' or '+' or '#' or '0' or ' ')
            {
                at++;
            }

            string flags = format[start..at];
            int? width = Number(format, ref at);
            int? precision = null;
            if (at < format.Length && format[at] == '.')
            {
                at++;
                precision = Number(format, ref at) ?? 0;
            }

            return new Verb(at < format.Length ? format[at] : '\0', flags, width, precision);
        }

        internal string Cut(string text) => Precision is { } most && most < text.Length ? text[..most] : text;

        internal string Signed(bool isNegative, string digits)
        {
            string sign = isNegative ? "-" : Flags.Contains('+', StringComparison.Ordinal) ? "+" : Flags.Contains(' ', StringComparison.Ordinal) ? " " : "";
            return HasZeros && Width is { } width ? sign + digits.PadLeft(Math.Max(0, width - sign.Length), '0') : sign + digits;
        }

        internal string Pad(string text) => Width is not { } width ? text
            : IsLeft ? text.PadRight(width)
            : text.PadLeft(width, HasZeros && Letter is 's' or 'q' or 'v' ? '0' : ' ');

        private static int? Number(string format, ref int at)
        {
            int start = at;
            while (at < format.Length && char.IsAsciiDigit(format[at]))
            {
                at++;
            }

            return at == start ? null
                : int.TryParse(format.AsSpan(start, at - start), CultureInfo.InvariantCulture, out int number) && number <= MaxWidth ? number
                : throw new UsageException($"The template's width '{format[start..at]}' is more than {MaxWidth}.");
        }
    }
}
