using Hull.Linux;

namespace Hull.Cli;

/// <summary>Keeps names that strangers chose (files, programs, labels, what somebody typed) from steering a terminal.</summary>
internal static class Printable
{
    private static readonly Lazy<bool> s_isTerminal = new(() => Terminal.IsTerminal(FileDescriptor.Borrow(1)));

    /// <summary>Writes a failure as one line, whatever its subject is called.</summary>
    internal static void Complain(TextWriter error, string sentence) => error.WriteLine("hull: " + PlainText.Of(sentence));

    /// <summary>As <see cref="PlainText.Of"/> on a terminal; as it is for everybody else, who may want to read it.</summary>
    internal static string Shown(string text) => s_isTerminal.Value ? PlainText.Of(text) : text;

    /// <summary>As <see cref="Shown"/> for a text of several lines, or of columns parted by tabs.</summary>
    internal static string ShownLines(string text) =>
        s_isTerminal.Value ? string.Join('\n', text.Split('\n').Select(line => string.Join('\t', line.Split('\t').Select(cell => PlainText.Of(cell))))) : text;

    /// <summary>The text in quotes, as Go's strconv.Quote writes it.</summary>
    internal static string Quote(string text) => $"\"{PlainText.Of(text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal))}\"";
}
