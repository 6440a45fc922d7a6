using System.Globalization;
using System.Text;
using Hull.Linux;

namespace Hull.Cli;

/// <summary>Keeps names that strangers chose (files, programs, labels, what somebody typed) from steering a terminal.</summary>
internal static class Printable
{
    private static readonly Lazy<bool> s_isTerminal = new(() => Terminal.IsTerminal(FileDescriptor.Borrow(1)));

    /// <summary>Writes a failure as one line, whatever its subject is called.</summary>
    internal static void Complain(TextWriter error, string sentence) => error.WriteLine("hull: " + Text(sentence));

    /// <summary>The text with what steers a terminal, or hides, spelled out: <c>\n</c>, <c>\x1b</c>, <c>\u202e</c>.</summary>
    internal static string Text(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\u001f') && !text.Any(Steers))
        {
            return text;
        }

        StringBuilder spelled = new(text.Length + 8);
        foreach (char letter in text)
        {
            _ = Steers(letter) ? spelled.Append(Spell(letter)) : spelled.Append(letter);
        }

        return spelled.ToString();
    }

    /// <summary>As <see cref="Text"/> on a terminal; as it is for everybody else, who may want to read it.</summary>
    internal static string Shown(string text) => s_isTerminal.Value ? Text(text) : text;

    /// <summary>As <see cref="Shown"/> for a text of several lines, or of columns parted by tabs.</summary>
    internal static string ShownLines(string text) =>
        s_isTerminal.Value ? string.Join('\n', text.Split('\n').Select(line => string.Join('\t', line.Split('\t').Select(Text)))) : text;

    /// <summary>The text in quotes, as Go's strconv.Quote writes it.</summary>
    internal static string Quote(string text) => $"\"{Text(text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal))}\"";

    // Controls, and what turns the direction of writing.
    private static bool Steers(char letter) => char.IsControl(letter) || letter is >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069';

    private static string Spell(char letter) => letter switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        <= '\u007f' => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)letter:x2}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
    };
}
