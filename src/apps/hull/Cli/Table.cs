namespace Hull.Cli;

/// <summary>Columns as Docker aligns them: three spaces between the widest cells.</summary>
internal static class Table
{
    private const int Gap = 3;

    internal static void Write(TextWriter output, IReadOnlyList<string> header, IReadOnlyList<IReadOnlyList<string>> cells)
    {
        string[][] rows = [.. cells.Select(row => row.Select(cell => PlainText.Of(cell)).ToArray())];
        int[] widths = [.. header.Select(cell => cell.Length)];
        foreach (IReadOnlyList<string> row in rows)
        {
            for (int i = 0; i < Math.Min(widths.Length, row.Count); i++)
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
            // A template may make more cells for a row than for the titles.
            output.Write(row[i].PadRight(i < widths.Length ? widths[i] + Gap : row[i].Length + Gap));
        }

        output.WriteLine(row[^1]);
    }
}
