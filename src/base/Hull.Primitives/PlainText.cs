namespace Hull;

/// <summary>Text that strangers had a hand in, on its way to a terminal.</summary>
/// <remarks>
/// An image names its programs, a layer its files: control characters in them would move the cursor, change a window's title,
/// or begin a line that looks like the caller's own.
/// </remarks>
public static class PlainText
{
    private const char Mark = '?';

    /// <summary>The same text on one line: each control character is a question mark.</summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int first = 0;
        while (first < text.Length && !char.IsControl(text[first]))
        {
            first++;
        }

        return first == text.Length
            ? text
            : string.Create(text.Length, text, static (target, source) =>
            {
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = char.IsControl(source[i]) ? Mark : source[i];
                }
            });
    }
}
