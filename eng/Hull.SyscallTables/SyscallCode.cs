using System.Globalization;
using System.Text;

namespace Hull.Eng.SyscallTables;

/// <summary>The table as C#: static data that costs nothing at start-up.</summary>
internal static class SyscallCode
{
    private const int LineWidth = 100;

    internal static string Write(IReadOnlyList<SyscallRow> rows)
    {
        SyscallRow[] sorted = [.. rows.OrderBy(row => row.Name, StringComparer.Ordinal)];
        StringBuilder code = new();
        code.Append("// Written by eng/Hull.SyscallTables from eng/syscalls.txt. Do not edit.\n");
        code.Append("namespace Hull.Runtime.Container.Seccomp;\n\ninternal static partial class SyscallTable\n{\n");
        code.Append(CultureInfo.InvariantCulture, $"    internal const int Count = {sorted.Length};\n\n");
        WriteNames(code, sorted);
        WriteNumbers(code, "NameEnds", Ends(sorted));
        for (int column = 0; column < SyscallRow.Architectures.Length; column++)
        {
            string name = SyscallRow.Architectures[column];
            code.Append('\n');
            WriteNumbers(code, char.ToUpperInvariant(name[0]) + name[1..], ByNumber(sorted, column));
        }

        code.Append("}\n");
        return code.ToString();
    }

    private static void WriteNames(StringBuilder code, SyscallRow[] rows)
    {
        code.Append("    private static ReadOnlySpan<byte> Names =>\n        \"");
        int width = 0;
        foreach (SyscallRow row in rows)
        {
            if (width + row.Name.Length > LineWidth)
            {
                code.Append("\"u8 +\n        \"");
                width = 0;
            }

            code.Append(row.Name);
            width += row.Name.Length;
        }

        code.Append("\"u8;\n\n");
    }

    private static IEnumerable<int> Ends(SyscallRow[] rows)
    {
        int end = 0;
        return rows.Select(row => end += row.Name.Length);
    }

    // Indexed by number: the place of the name in the sorted names plus one, 0 where the number means nothing.
    private static int[] ByNumber(SyscallRow[] rows, int column)
    {
        int[] places = new int[rows.Max(row => row.Numbers[column]) + 1];
        for (int place = 0; place < rows.Length; place++)
        {
            if (rows[place].Numbers[column] is >= 0 and int number)
            {
                places[number] = place + 1;
            }
        }

        return places;
    }

    private static void WriteNumbers(StringBuilder code, string name, IEnumerable<int> values)
    {
        code.Append(CultureInfo.InvariantCulture, $"    private static ReadOnlySpan<ushort> {name} =>\n    [");
        int width = int.MaxValue / 2;
        foreach (int value in values)
        {
            string text = value.ToString(CultureInfo.InvariantCulture) + ",";
            if (width + text.Length > LineWidth)
            {
                code.Append("\n       ");
                width = 0;
            }

            code.Append(' ').Append(text);
            width += text.Length + 1;
        }

        code.Append("\n    ];\n");
    }
}
