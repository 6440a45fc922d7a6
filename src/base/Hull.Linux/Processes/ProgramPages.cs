using System.Buffers.Binary;
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

    /// <summary>Finds what the program's own headers in memory load and nobody may write to: for a process that has no proc(5).</summary>
    /// <remarks>
    /// Code and constants, whose pages are always those of the file; what is only protected once the program has its addresses is loaded as
    /// writable, and not here. Source: getauxval(3); elf(5), "Program header".
    /// </remarks>
    internal static unsafe List<AddressRange> FindUnwritable()
    {
        const int AuxHeaders = 3, AuxHeaderBytes = 4, AuxHeaderCount = 5;
        const uint TypeLoad = 1, TypeHeaders = 6, Writable = 2;
        const int ExpectedBytes = 56;
        const long PageMask = 4095;
        nint headers = (nint)Libc.getauxval(AuxHeaders);
        int count = (int)Libc.getauxval(AuxHeaderCount);
        List<AddressRange> found = [];
        if (headers == 0 || Libc.getauxval(AuxHeaderBytes) != ExpectedBytes)
        {
            return found;
        }

        // SAFETY: the kernel says where the headers are and how many; they are read-only and stay mapped.
        ReadOnlySpan<byte> all = new((void*)headers, count * ExpectedBytes);
        long bias = 0;
        bool isKnown = false;
        for (; !all.IsEmpty; all = all[ExpectedBytes..])
        {
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(all);
            uint flags = BinaryPrimitives.ReadUInt32LittleEndian(all[4..]);
            long address = BinaryPrimitives.ReadInt64LittleEndian(all[16..]);
            long bytes = BinaryPrimitives.ReadInt64LittleEndian(all[40..]);
            if (type == TypeHeaders)
            {
                // It comes before what is loaded.
                bias = headers - address;
                isKnown = true;
            }
            else if (type == TypeLoad && isKnown && (flags & Writable) == 0)
            {
                long start = (bias + address + PageMask) & ~PageMask;
                long end = (bias + address + bytes) & ~PageMask;
                if (end > start)
                {
                    found.Add(new AddressRange((nint)start, end - start));
                }
            }
        }

        return found;
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
