using System.Globalization;
using System.Text;

namespace Hull.Eng.SyscallTables;

/// <summary>The table as text: one call a line, name and numbers, <c>-</c> where there is none.</summary>
internal static class SyscallText
{
    internal static string Write(IReadOnlyList<SyscallRow> rows)
    {
        StringBuilder text = new();
        text.Append("# System calls of Linux and their numbers. Source: asm/unistd_64.h, unistd_32.h, unistd_x32.h\n");
        text.Append("# and arm64's unistd_64.h of linux-libc-dev. Columns: name ");
        text.AppendJoin(' ', SyscallRow.Architectures);
        text.Append(". '-': no such call.\n# x32 numbers are without bit 30.\n");
        foreach (SyscallRow row in rows)
        {
            text.Append(row.Name);
            foreach (int number in row.Numbers)
            {
                text.Append(' ').Append(number < 0 ? "-" : number.ToString(CultureInfo.InvariantCulture));
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    internal static IReadOnlyList<SyscallRow> Read(IEnumerable<string> lines) =>
        [.. lines.Where(line => line.Length > 0 && line[0] != '#').Select(Parse)];

    private static SyscallRow Parse(string line)
    {
        string[] parts = line.Split(' ');
        return new SyscallRow(parts[0], [.. parts[1..].Select(part => part == "-" ? -1 : int.Parse(part, CultureInfo.InvariantCulture))]);
    }
}
