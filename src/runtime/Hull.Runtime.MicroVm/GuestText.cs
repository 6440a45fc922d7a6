using System.Globalization;
using System.Text;

namespace Hull.Runtime.MicroVm;

/// <summary>Words of a guest's on their way to somebody who reads them.</summary>
public static class GuestText
{
    /// <summary>Leaves out what would steer a terminal or hide what it says, and cuts what is too long.</summary>
    /// <param name="text">What the guest said.</param>
    /// <param name="maxLetters">Most UTF-16 units of the result.</param>
    public static string Shown(string text, int maxLetters)
    {
        ArgumentNullException.ThrowIfNull(text);
        StringBuilder shown = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (shown.Length + rune.Utf16SequenceLength > maxLetters)
            {
                break;
            }

            // Escape sequences, line ends, and marks that turn the direction of writing.
            bool isPlain = Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned);
            if (isPlain)
            {
                _ = shown.Append(rune.ToString());
            }
        }

        return shown.ToString();
    }
}
