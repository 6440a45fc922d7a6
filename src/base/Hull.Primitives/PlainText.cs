using System.Globalization;
using System.Text;

namespace Hull;

/// <summary>Text that strangers had a hand in, on its way to a terminal.</summary>
/// <remarks>
/// An image names its programs, a layer its files, a guest and a registry say why they refuse: control characters in that would move the
/// cursor, change a window's title, turn the direction of writing, or begin a line that looks like the caller's own.
/// </remarks>
public static class PlainText
{
    private const char Joiner = '\u200d';
    private const char NonJoiner = '\u200c';

    /// <summary>The same text on one line, with what steers a terminal, or hides, spelled out: <c>\n</c>, <c>\x1b</c>, <c>\u202e</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLetters">Most UTF-16 units of the result; what is more is cut off.</param>
    public static string Of(string text, int maxLetters = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length <= maxLetters && !text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return text;
        }

        StringBuilder plain = new(Math.Min(text.Length, maxLetters));
        foreach (Rune rune in text.EnumerateRunes())
        {
            string letters = IsPlain(rune) ? rune.ToString() : Spell(rune);
            if (letters.Length > maxLetters - plain.Length)
            {
                break;
            }

            plain.Append(letters);
        }

        return plain.ToString();
    }

    // Controls, ends of lines, and marks that are not seen; but some languages cannot be written without joiners.
    private static bool IsPlain(Rune rune) => rune.Value is Joiner or NonJoiner
        || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned);

    private static string Spell(Rune rune) => rune.Value switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        <= 0x7f => string.Create(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
        <= 0xffff => string.Create(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
    };
}
