namespace Hull.Cli;

/// <summary>Columns as Docker aligns them: three spaces between the widest cells.</summary>
internal static class Table
{
    private const int Gap = 3;

    internal static void Write(TextWriter output, IReadOnlyList<string> header, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        int[] widths = [.. header.Select(cell => cell.Length)];
        foreach (IReadOnlyList<string> row in rows)
        {
            for (int i = 0; i < widths.Length; i++)
            {
                widths[i] = Math.Max(widths[i], row[i].Length);
            }
        }

        WriteRow(output, header, widths);
        foreach (IReadOnlyList<string> row in rows)
        {
            WriteRow(output, row, widths);
        }
    }

    private static void WriteRow(TextWriter output, IReadOnlyList<string> row, int[] widths)
    {
        for (int i = 0; i < row.Count - 1; i++)
        {
            output.Write(row[i].PadRight(widths[i] + Gap));
        }

        output.WriteLine(row[^1]);
    }
}
