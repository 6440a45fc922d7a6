using System.Globalization;
using System.Text;

namespace Hull.Cli.Templates;

/// <summary>The functions of templates: Go's own, and Docker's json, split, join, title, lower, upper, pad and truncate.</summary>
internal static class TemplateFunctions
{
    private const int MaxPadding = 10_000;

    private static readonly string[] s_names =
    [
        "and", "eq", "ge", "gt", "index", "join", "json", "le", "len", "lower", "lt", "ne", "not", "or", "pad", "print", "printf", "println",
        "slice", "split", "title", "truncate", "upper",
    ];

    /// <summary>Calls a function.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">What it gets.</param>
    /// <param name="isHeader">Whether the values are a table's titles, which keep their letters.</param>
    /// <exception cref="UsageException">There is no such function, or it cannot take these values.</exception>
    internal static object? Call(string name, object?[] values, bool isHeader)
    {
        if (isHeader && name is "json" or "lower" or "upper" or "title" or "truncate" && values is [string first, ..])
        {
            return isHeader ? first : Known(name, values);
        }

        return Known(name, values);
    }

    private static object? Known(string name, object?[] values) => name switch
    {
        "json" => TemplateText.Json(One(name, values)),
        "print" => Print(values),
        "println" => string.Join(' ', values.Select(TemplateText.Plain)) + "\n",
        "printf" => TemplateFormat.Print(TextAt(name, values, 0), values.AsSpan(1)),
        "len" => Length(One(name, values)),
        "index" => Index(values),
        "slice" => Slice(values),
        "not" => !TemplateText.IsTrue(One(name, values)),
        "eq" => Equal(values),
        "ne" => Compare(name, values) != 0,
        "lt" => Compare(name, values) < 0,
        "le" => Compare(name, values) <= 0,
        "gt" => Compare(name, values) > 0,
        "ge" => Compare(name, values) >= 0,
        "upper" => Of(One(name, values), text => text.ToUpperInvariant()),
        "lower" => Of(One(name, values), text => text.ToLowerInvariant()),
        "title" => Of(One(name, values), Title),
        "split" => TextAt(name, values, 0).Split(TextAt(name, values, 1)).ToArray<object?>(),
        "join" => Join(values),
        "pad" => Pad(TextAt(name, values, 0), NumberAt(name, values, 1), NumberAt(name, values, 2)),
        "truncate" => TextAt(name, values, 0) is var text && NumberAt(name, values, 1) is var most && most < text.Length && most >= 0 ? text[..most] : text,
        _ => throw new UsageException(
            $"The template function '{name}' is not supported: use {string.Join(", ", s_names)}.{Suggestion.For(name, s_names)}"),
    };

    // Values stand side by side, with a space where neither neighbour is a text.
    private static string Print(object?[] values)
    {
        StringBuilder output = new();
        for (int i = 0; i < values.Length; i++)
        {
            output.Append(i > 0 && values[i] is not string && values[i - 1] is not string ? " " : "").Append(TemplateText.Plain(values[i]));
        }

        return output.ToString();
    }

    private static object? One(string name, object?[] values) => values.Length == 1
        ? values[0]
        : throw new UsageException($"The template function '{name}' takes one value, not {values.Length}.");

    private static string TextAt(string name, object?[] values, int at) => at < values.Length && values[at] is string text
        ? text
        : throw new UsageException($"The template function '{name}' needs a text as its {Ordinal(at)} value{Instead(values, at)}.");

    private static int NumberAt(string name, object?[] values, int at) => at < values.Length && values[at] is long number and >= int.MinValue and <= int.MaxValue
        ? (int)number
        : throw new UsageException($"The template function '{name}' needs a whole number as its {Ordinal(at)} value{Instead(values, at)}.");

    private static string Ordinal(int at) => at switch { 0 => "first", 1 => "second", 2 => "third", _ => "next" };

    private static string Instead(object?[] values, int at) => at < values.Length ? $", not '{TemplateText.Plain(values[at])}'" : "";

    // Go refuses other kinds; Docker's fields are texts where Hull's may be numbers, and the words are the same.
    private static string Of(object? value, Func<string, string> change) => change(TemplateText.Plain(value));

    private static string Title(string text)
    {
        StringBuilder output = new(text);
        for (int i = 0; i < output.Length; i++)
        {
            output[i] = i == 0 || !char.IsLetterOrDigit(output[i - 1]) ? char.ToUpperInvariant(output[i]) : output[i];
        }

        return output.ToString();
    }

    private static long Length(object? value) => value switch
    {
        string text => Encoding.UTF8.GetByteCount(text),
        object?[] list => list.Length,
        TemplateObject map => map.Element.EnumerateObject().Count(),
        null => 0,
        _ => throw new UsageException($"The template asks for the length of '{TemplateText.Plain(value)}': it has none."),
    };

    private static object? Index(object?[] values)
    {
        if (values.Length == 0)
        {
            throw new UsageException("The template function 'index' needs something to look into.");
        }

        object? value = values[0];
        foreach (object? key in values.AsSpan(1))
        {
            value = (value, key) switch
            {
                (TemplateObject map, string name) => map.TryFind(name, out object? found) ? found : map.Nothing,
                (object?[] list, long at) when at >= 0 && at < list.Length => list[at],
                (object?[] list, long at) => throw new UsageException(
                    string.Create(CultureInfo.InvariantCulture, $"The template's index {at} is outside of a list of {list.Length}.")),
                (string text, long at) when at >= 0 && at < text.Length => (long)text[(int)at],
                (null, _) => null,
                _ => throw new UsageException($"The template cannot look into '{TemplateText.Plain(value)}' with '{TemplateText.Plain(key)}'."),
            };
        }

        return value;
    }

    private static object Slice(object?[] values)
    {
        int length = values is [object?[] whole, ..] ? whole.Length : TextAt("slice", values, 0).Length;
        int from = values.Length > 1 ? NumberAt("slice", values, 1) : 0;
        int to = values.Length > 2 ? NumberAt("slice", values, 2) : length;
        if (from < 0 || to > length || from > to)
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"The template's part {from} to {to} is outside of a length of {length}."));
        }

        // Its length was asked of the one or the other.
        object? part = values[0] is object?[] list ? list[from..to] : null;
        return part ?? ((string)values[0]!)[from..to];
    }

    private static string Join(object?[] values)
    {
        string between = TextAt("join", values, 1);
        return values[0] switch
        {
            object?[] list => string.Join(between, list.Select(TemplateText.Plain)),
            null => "",
            string text => text,
            _ => throw new UsageException($"The template function 'join' needs a list as its first value, not '{TemplateText.Plain(values[0])}'."),
        };
    }

    private static string Pad(string text, int before, int after) => text.Length == 0
        ? ""
        : new string(' ', Math.Clamp(before, 0, MaxPadding)) + text + new string(' ', Math.Clamp(after, 0, MaxPadding));

    private static bool Equal(object?[] values) => values.Length < 2
        ? throw new UsageException("The template function 'eq' needs two values or more.")
        : values.Skip(1).Any(other => Compare("eq", [values[0], other]) == 0);

    private static int Compare(string name, object?[] values) => values switch
    {
        [string left, string right] => string.CompareOrdinal(left, right),
        [long left, long right] => left.CompareTo(right),
        [long or double, long or double] => Convert.ToDouble(values[0], CultureInfo.InvariantCulture)
            .CompareTo(Convert.ToDouble(values[1], CultureInfo.InvariantCulture)),
        [bool left, bool right] => left.CompareTo(right),
        [null, null] => 0,
        [null, _] or [_, null] when name is "eq" or "ne" => 1,
        [_, _] when name is "eq" or "ne" && (values[0] == TemplateText.Missing || values[1] == TemplateText.Missing) => 1,
        [_, _] => throw new UsageException(
            $"The template compares '{TemplateText.Plain(values[0])}' with '{TemplateText.Plain(values[1])}', which are of different kinds."),
        _ => throw new UsageException($"The template function '{name}' needs two values."),
    };
}
