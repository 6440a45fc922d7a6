using System.Text;
using System.Text.Json;
using Hull.Cli.Templates;

namespace Hull.Cli;

/// <summary>A list in one of Docker's forms: a table, a template for each row, JSON lines, or identifiers only.</summary>
/// <param name="columns">The columns of the plain table: title and field.</param>
internal sealed class Listing(params IReadOnlyList<(string Title, string Field)> columns)
{
    private const string TablePrefix = "table ";

    private readonly List<Dictionary<string, string>> _rows = [];

    /// <summary>Adds a row by field names.</summary>
    internal void Add(params ReadOnlySpan<(string Field, string Value)> values)
    {
        Dictionary<string, string> row = new(StringComparer.Ordinal);
        foreach ((string field, string value) in values)
        {
            row[field] = value;
        }

        _rows.Add(row);
    }

    internal void Write(TextWriter output, string? format)
    {
        if (string.IsNullOrEmpty(format) || format == "table")
        {
            Table.Write(output, [.. columns.Select(column => column.Title)], [.. _rows.Select(row => columns.Select(column => row[column.Field]).ToArray())]);
            return;
        }

        if (format == "json")
        {
            format = "{{json .}}";
        }

        bool isTable = format.StartsWith(TablePrefix, StringComparison.Ordinal);
        string text = isTable ? format[TablePrefix.Length..].Trim() : format;
        GoTemplate template = ParseOfList(text);
        if (isTable)
        {
            WriteTemplateTable(output, template);
            return;
        }

        foreach (Dictionary<string, string> row in _rows)
        {
            output.WriteLine(Printable.ShownLines(template.Print(Json(row))));
        }
    }

    /// <summary>Reads a template of a list, in which <c>\t</c> and <c>\n</c> are a tab and a line feed, as Docker has it.</summary>
    /// <exception cref="UsageException">It is not one.</exception>
    internal static GoTemplate ParseOfList(string template) =>
        GoTemplate.Parse(template.Replace("\\t", "\t", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal));

    /// <summary>Checks a format before any work, for commands that print rows one by one.</summary>
    /// <exception cref="UsageException">It is wrong.</exception>
    internal static void Check(string? format)
    {
        if (!string.IsNullOrEmpty(format))
        {
            _ = ParseOfList(format);
        }
    }

    private void WriteTemplateTable(TextWriter output, GoTemplate template)
    {
        Dictionary<string, string> titles = new(StringComparer.Ordinal);
        foreach (string field in _rows.SelectMany(row => row.Keys).Concat(columns.Select(column => column.Field)))
        {
            (string title, _) = columns.FirstOrDefault(column => column.Field == field);
            titles[field] = title ?? field.ToUpperInvariant();
        }

        string[][] lines = [.. _rows.Select(row => template.Print(Json(row)).Split('\t'))];
        Table.Write(output, template.Print(Json(titles), isHeader: true).Split('\t'), lines);
    }

    private static string Json(Dictionary<string, string> row)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            foreach ((string field, string value) in row.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                json.WriteString(field, value);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
