using System.Globalization;
using System.Text;
using Hull.Linux;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>Reads and writes the control files of one cgroup; a failed write is one sentence with file, value and reason.</summary>
internal static class CgroupFile
{
    private const int StackBytes = 256;
    private const int NumberBytes = 24;

    /// <summary>Writes a text or throws.</summary>
    internal static void Write(string directory, string file, string value)
    {
        Errno error = TryWrite(directory, file, value);
        if (error != Errno.None)
        {
            throw Failed(directory, file, value, error);
        }
    }

    /// <summary>Writes a number or throws.</summary>
    internal static void Write(string directory, string file, long value)
    {
        Errno error = TryWrite(directory, file, value);
        if (error != Errno.None)
        {
            throw Failed(directory, file, value.ToString(CultureInfo.InvariantCulture), error);
        }
    }

    /// <summary>Writes a number or throws.</summary>
    internal static void Write(string directory, string file, ulong value)
    {
        Span<byte> text = stackalloc byte[NumberBytes];
        _ = value.TryFormat(text, out int length, provider: CultureInfo.InvariantCulture);
        Errno error = KernelFile.Write(PathOf(directory, file), text[..length]);
        if (error != Errno.None)
        {
            throw Failed(directory, file, value.ToString(CultureInfo.InvariantCulture), error);
        }
    }

    /// <summary>Writes a text; the error number is the answer.</summary>
    internal static Errno TryWrite(string directory, string file, string value)
    {
        Span<byte> text = value.Length * 3 <= StackBytes ? stackalloc byte[StackBytes] : new byte[value.Length * 3];
        int length = Encoding.UTF8.GetBytes(value, text);
        return KernelFile.Write(PathOf(directory, file), text[..length]);
    }

    /// <summary>Writes a number; the error number is the answer.</summary>
    internal static Errno TryWrite(string directory, string file, long value)
    {
        Span<byte> text = stackalloc byte[NumberBytes];
        _ = value.TryFormat(text, out int length, provider: CultureInfo.InvariantCulture);
        return KernelFile.Write(PathOf(directory, file), text[..length]);
    }

    /// <summary>Reads a number; <c>max</c> is <see cref="ulong.MaxValue"/>, a missing or odd file is null.</summary>
    internal static ulong? ReadNumber(string directory, string file)
    {
        Span<byte> text = stackalloc byte[NumberBytes * 2];
        return KernelFile.Read(PathOf(directory, file), text, out int count) == Errno.None
            ? ParseNumber(text[..count])
            : null;
    }

    /// <summary>Reads a text without blanks around it; empty when the file is missing.</summary>
    internal static string ReadText(string directory, string file) =>
        KernelFile.ReadText(PathOf(directory, file), out string text) == Errno.None ? text.TrimEnd() : "";

    /// <summary>The number after a key in lines of <c>key number</c>; null when there is no such line.</summary>
    internal static ulong? ValueOf(ReadOnlySpan<char> text, ReadOnlySpan<char> key)
    {
        foreach (ReadOnlySpan<char> line in text.EnumerateLines())
        {
            if (line.Length > key.Length && line[key.Length] == ' ' && line.StartsWith(key))
            {
                return ulong.TryParse(line[(key.Length + 1)..].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
                    ? value
                    : null;
            }
        }

        return null;
    }

    internal static bool Exists(string directory, string file) => KernelFile.Exists(PathOf(directory, file));

    internal static string PathOf(string directory, string file) => string.Concat(directory, "/", file);

    /// <summary>The failure of a write, with what usually causes it.</summary>
    internal static HullException Failed(string directory, string file, string value, Errno error)
    {
        string reason = error switch
        {
            Errno.NoEnt => "this kernel has no such file, or the controller is not enabled for the cgroup",
            Errno.Busy => "the cgroup is in use in a way that forbids it (Device or resource busy)",
            Errno.Inval or Errno.Range => $"the kernel does not accept the value ({LinuxException.TextOf(error)})",
            _ => LinuxException.TextOf(error),
        };
        return new HullException(
            LinuxException.KindOf(error), $"Failed to write '{value}' to '{PathOf(directory, file)}': {reason}.");
    }

    private static ulong? ParseNumber(ReadOnlySpan<byte> text)
    {
        text = text.TrimEnd("\n "u8);
        if (text.SequenceEqual("max"u8))
        {
            return ulong.MaxValue;
        }

        // cpu.cfs_quota_us and friends say -1 for "no limit".
        if (text.Length > 0 && text[0] == '-')
        {
            return ulong.MaxValue;
        }

        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : null;
    }
}
