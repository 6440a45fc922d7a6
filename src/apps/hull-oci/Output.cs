using System.Text;
using Hull.Linux;

namespace Hull.OciCli;

/// <summary>Writes text to descriptors without the console class, which costs milliseconds.</summary>
internal static class Output
{
    /// <summary>Writes to standard output.</summary>
    internal static void Text(string text) => Write(FileDescriptor.Borrow(1), text);

    /// <summary>Writes to standard error.</summary>
    internal static void Error(string text) => Write(FileDescriptor.Borrow(2), text);

    /// <summary>Writes to a descriptor; a reader that went away is no failure.</summary>
    internal static void Write(FileDescriptor target, string text) => _ = HostFile.TryWrite(target, Encoding.UTF8.GetBytes(text));
}
