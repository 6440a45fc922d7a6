using System.Globalization;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>Parses the tables in which the kernel counts.</summary>
internal static class StatisticsReader
{
    /// <summary>Lines of <c>name number</c>.</summary>
    internal static List<KeyValuePair<string, ulong>> Table(string text)
    {
        List<KeyValuePair<string, ulong>> rows = new(64);
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            int blank = line.IndexOf(' ');
            if (blank > 0 && Number(line[(blank + 1)..], out ulong value))
            {
                rows.Add(new(line[..blank].ToString(), value));
            }
        }

        return rows;
    }

    /// <summary>Numbers parted by blanks.</summary>
    internal static List<ulong> Numbers(string text)
    {
        List<ulong> numbers = [];
        foreach (Range part in text.AsSpan().Split(' '))
        {
            if (Number(text.AsSpan()[part], out ulong value))
            {
                numbers.Add(value);
            }
        }

        return numbers;
    }

    /// <summary>A list such as <c>0-3,8</c>, at most 4,096 numbers.</summary>
    internal static List<int> Set(string text)
    {
        const int Most = 4096;
        List<int> numbers = [];
        foreach (Range part in text.AsSpan().Split(','))
        {
            ReadOnlySpan<char> item = text.AsSpan()[part].Trim();
            int dash = item.IndexOf('-');
            if (!Number(dash < 0 ? item : item[..dash], out ulong first)
                || !Number(dash < 0 ? item : item[(dash + 1)..], out ulong last))
            {
                continue;
            }

            for (ulong i = first; i <= last && numbers.Count < Most; i++)
            {
                numbers.Add((int)i);
            }
        }

        return numbers;
    }

    /// <summary>Version 1 block I/O: lines of <c>8:0 Read 4096</c>; the sum over all devices is left out.</summary>
    internal static List<BlockIoEntry> LegacyBlockIo(string text)
    {
        List<BlockIoEntry> entries = [];
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            int colon = line.IndexOf(':');
            int blank = line.IndexOf(' ');
            int last = line.LastIndexOf(' ');
            if (colon > 0 && blank > colon && Number(line[..colon], out ulong major)
                && Number(line[(colon + 1)..blank], out ulong minor) && Number(line[(last + 1)..], out ulong value))
            {
                entries.Add(new BlockIoEntry(major, minor, last > blank ? line[(blank + 1)..last].ToString() : "", value));
            }
        }

        return entries;
    }

    /// <summary>Version 2 block I/O: lines of <c>8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0</c>.</summary>
    internal static void UnifiedBlockIo(string text, BlockIoStatistics target)
    {
        List<BlockIoEntry> bytes = [];
        List<BlockIoEntry> requests = [];
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            int colon = line.IndexOf(':');
            int blank = line.IndexOf(' ');
            if (colon <= 0 || blank <= colon || !Number(line[..colon], out ulong major)
                || !Number(line[(colon + 1)..blank], out ulong minor))
            {
                continue;
            }

            ReadOnlySpan<char> fields = line[(blank + 1)..];
            foreach (Range part in fields.Split(' '))
            {
                ReadOnlySpan<char> field = fields[part];
                int equals = field.IndexOf('=');
                if (equals < 0 || !Number(field[(equals + 1)..], out ulong value))
                {
                    continue;
                }

                (List<BlockIoEntry>? list, string operation) = field[..equals] switch
                {
                    "rbytes" => (bytes, "Read"),
                    "wbytes" => (bytes, "Write"),
                    "rios" => (requests, "Read"),
                    "wios" => (requests, "Write"),
                    _ => (null, ""),
                };
                list?.Add(new BlockIoEntry(major, minor, operation, value));
            }
        }

        target.ServiceBytes = bytes;
        target.Serviced = requests;
    }

    /// <summary>A pressure file; null when it is empty or missing.</summary>
    internal static PressureStatistics? Pressure(string text)
    {
        PressureLine some = default;
        PressureLine full = default;
        bool found = false;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (line.StartsWith("some "))
            {
                some = PressureOf(line);
                found = true;
            }
            else if (line.StartsWith("full "))
            {
                full = PressureOf(line);
                found = true;
            }
        }

        return found ? new PressureStatistics(some, full) : null;
    }

    private static PressureLine PressureOf(ReadOnlySpan<char> line)
    {
        PressureLine result = default;
        foreach (Range part in line.Split(' '))
        {
            ReadOnlySpan<char> field = line[part];
            int equals = field.IndexOf('=');
            if (equals < 0)
            {
                continue;
            }

            _ = double.TryParse(field[(equals + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out double value);
            result = field[..equals] switch
            {
                "avg10" => result with { Average10 = value },
                "avg60" => result with { Average60 = value },
                "avg300" => result with { Average300 = value },
                "total" => result with { Total = (ulong)value },
                _ => result,
            };
        }

        return result;
    }

    private static bool Number(ReadOnlySpan<char> text, out ulong value) =>
        ulong.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
