using System.Text;
using System.Text.Json;

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

        bool isTable = format.StartsWith(TablePrefix, StringComparison.Ordinal);
        string template = isTable ? format[TablePrefix.Length..] : format;
        if (isTable)
        {
            WriteTemplateTable(output, template);
            return;
        }

        foreach (Dictionary<string, string> row in _rows)
        {
            output.WriteLine(GoTemplate.Print(template, Json(row)));
        }
    }

    private void WriteTemplateTable(TextWriter output, string template)
    {
        Dictionary<string, string> titles = new(StringComparer.Ordinal);
        foreach (string field in _rows.SelectMany(row => row.Keys).Concat(columns.Select(column => column.Field)))
        {
            (string title, _) = columns.FirstOrDefault(column => column.Field == field);
            titles[field] = title ?? field.ToUpperInvariant();
        }

        string[][] lines = [.. _rows.Select(row => GoTemplate.Print(template, Json(row)).Split('\t'))];
        Table.Write(output, GoTemplate.Print(template, Json(titles)).Split('\t'), lines);
    }

    private static string Json(Dictionary<string, string> row)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            foreach ((string field, string value) in row)
            {
                json.WriteString(field, value);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
