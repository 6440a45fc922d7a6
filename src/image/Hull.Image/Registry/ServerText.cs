using System.Text;

namespace Hull.Image;

/// <summary>Text of a server on its way to a terminal: short, on one line, without control characters.</summary>
internal static class ServerText
{
    private const int MaxLength = 200;

    internal static string Clean(string? text)
    {
        StringBuilder clean = new();
        foreach (Rune rune in (text ?? "").EnumerateRunes())
        {
            if (clean.Length >= MaxLength)
            {
                clean.Append('…');
                break;
            }

            clean.Append(Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.Format
                ? " "
                : rune.ToString());
        }

        return clean.ToString().Trim().TrimEnd('.');
    }
}
