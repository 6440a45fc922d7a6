using System.Globalization;
using System.Text.RegularExpressions;

namespace Hull.Eng.SyscallTables;

/// <summary>Reads the numbers out of the kernel's generated headers.</summary>
internal static partial class KernelHeaders
{
    private static readonly string[] s_files =
    [
        "x86_64-linux-gnu/asm/unistd_64.h",
        "x86_64-linux-gnu/asm/unistd_32.h",
        "x86_64-linux-gnu/asm/unistd_x32.h",
        "aarch64-linux-gnu/asm/unistd_64.h",
    ];

    // Sub-calls of i386's socketcall(2) that never got a number of their own; profiles name them all the same.
    private static readonly string[] s_unnumbered = ["recv", "send"];

    internal static IReadOnlyList<SyscallRow> Read(string include)
    {
        SortedDictionary<string, int[]> rows = new(StringComparer.Ordinal);
        for (int column = 0; column < s_files.Length; column++)
        {
            foreach (string line in File.ReadLines(Path.Combine(include, s_files[column])))
            {
                Match match = Definition().Match(line);
                if (match.Success)
                {
                    NumbersOf(rows, match.Groups["name"].Value)[column] =
                        int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
                }
            }
        }

        foreach (string name in s_unnumbered)
        {
            NumbersOf(rows, name);
        }

        return [.. rows.Select(row => new SyscallRow(row.Key, row.Value))];
    }

    private static int[] NumbersOf(SortedDictionary<string, int[]> rows, string name)
    {
        if (!rows.TryGetValue(name, out int[]? numbers))
        {
            numbers = [.. Enumerable.Repeat(-1, s_files.Length)];
            rows.Add(name, numbers);
        }

        return numbers;
    }

    [GeneratedRegex(@"^#define\s+__NR_(?<name>[a-z0-9_]+)\s+\(?(?:__X32_SYSCALL_BIT\s*\+\s*)?(?<number>\d+)\)?\s*$")]
    private static partial Regex Definition();
}
