using System.Globalization;

namespace Hull.Linux;

/// <summary>The mappings of this process that hold its own program's code and constants.</summary>
/// <remarks>
/// Only mappings of the program's own file count, and of those only the ones that cannot be written and hold no page of this
/// process's own: what their pages had is still in the file. Source: proc_pid_smaps(5).
/// </remarks>
internal static class ProgramPages
{
    private const string AnonymousKey = "Anonymous:";

    /// <summary>Finds them; none where the kernel does not tell.</summary>
    internal static List<AddressRange> Find()
    {
        try
        {
            string? program = File.ResolveLinkTarget("/proc/self/exe", returnFinalTarget: false)?.FullName;
            return program is null ? [] : Select(File.ReadLines("/proc/self/smaps"), program);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return []; // Without proc(5) the memory stays as it is.
        }
    }

    /// <summary>Selects the mappings of a file that can be read from it again at any time.</summary>
    internal static List<AddressRange> Select(IEnumerable<string> lines, string program)
    {
        List<AddressRange> found = [];
        AddressRange candidate = default;
        foreach (string line in lines)
        {
            if (TryParse(line, out AddressRange range, out bool writable, out string path))
            {
                candidate = path == program && !writable ? range : default;
            }
            else if (candidate.Length > 0 && line.StartsWith(AnonymousKey, StringComparison.Ordinal))
            {
                if (line.AsSpan(AnonymousKey.Length).Trim() is "0 kB")
                {
                    found.Add(candidate);
                }

                candidate = default;
            }
        }

        return found;
    }

    // "00400000-00452000 r-xp 00001000 08:02 173521      /usr/bin/dbus-daemon"
    private static bool TryParse(string line, out AddressRange range, out bool writable, out string path)
    {
        const int FieldsBeforePath = 5;
        string[] fields = line.Split(' ', FieldsBeforePath + 1, StringSplitOptions.RemoveEmptyEntries);
        string[] ends = fields.Length >= FieldsBeforePath ? fields[0].Split('-') : [];
        range = default;
        writable = false;
        path = "";
        if (ends.Length != 2 || !TryParseAddress(ends[0], out long start) || !TryParseAddress(ends[1], out long end))
        {
            return false;
        }

        range = new AddressRange((nint)start, end - start);
        writable = fields[1].Contains('w', StringComparison.Ordinal);
        path = fields.Length > FieldsBeforePath ? fields[FieldsBeforePath].Trim() : "";
        return true;
    }

    private static bool TryParseAddress(string text, out long address) =>
        long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out address);
}
