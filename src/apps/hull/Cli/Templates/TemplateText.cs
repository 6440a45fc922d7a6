using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Hull.Cli.Templates;

/// <summary>Values of a template and how they are written.</summary>
/// <remarks>
/// A value is null, <see cref="Missing"/>, a <see cref="bool"/>, <see cref="long"/>, <see cref="double"/> or <see cref="string"/>,
/// an array of values, or a <see cref="TemplateObject"/>.
/// </remarks>
internal static class TemplateText
{
    private const double LeastPlain = 1e-4;
    private const double LeastLarge = 1e21;

    /// <summary>What a name that a map does not have stands for.</summary>
    internal static object Missing { get; } = new();

    /// <summary>Turns a piece of a document into a value.</summary>
    internal static object? Of(JsonElement element, bool isMap) => element.ValueKind switch
    {
        JsonValueKind.Object => new TemplateObject(element, isMap),
        JsonValueKind.Array => element.EnumerateArray().Select(item => Of(item, isMap: false)).ToArray(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => element.TryGetInt64(out long whole) ? (object)whole : element.GetDouble(),
        JsonValueKind.Undefined => Missing,
        _ => null,
    };

    /// <summary>Whether <c>if</c> takes it for true: it is neither empty nor zero.</summary>
    internal static bool IsTrue(object? value) => value switch
    {
        bool truth => truth,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        object?[] list => list.Length > 0,
        TemplateObject map => map.Element.EnumerateObject().Any(),
        _ => false,
    };

    /// <summary>Writes a value as Go's <c>print</c>.</summary>
    internal static string Plain(object? value) => value switch
    {
        null => "<nil>",
        bool truth => truth ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => Real(number),
        string text => text,
        object?[] list => $"[{string.Join(' ', list.Select(Plain))}]",
        TemplateObject map => $"map[{string.Join(' ', map.Members.Select(member => $"{member.Name}:{Plain(member.Value)}"))}]",
        _ => "<no value>",
    };

    /// <summary>The name that Go has for a value's type.</summary>
    internal static string TypeOf(object? value) => value switch
    {
        null => "<nil>",
        bool => "bool",
        long => "int",
        double => "float64",
        string => "string",
        object?[] => "[]interface {}",
        _ => "map[string]interface {}",
    };

    /// <summary>Writes a value as one line of JSON.</summary>
    internal static string Json(object? value)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            Write(json, value);
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Writes a piece of a document as one line of JSON.</summary>
    internal static string Json(JsonElement element) => Json(Of(element, isMap: false));

    private static void Write(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case bool truth:
                json.WriteBooleanValue(truth);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number:
                json.WriteRawValue(Real(number));
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case object?[] list:
                json.WriteStartArray();
                foreach (object? item in list)
                {
                    Write(json, item);
                }

                json.WriteEndArray();
                break;
            case TemplateObject map:
                map.Element.WriteTo(json);
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }

    // Go writes the shortest text that reads as the same number, with an exponent only for very large and very small ones.
    private static string Real(double number)
    {
        string shortest = number.ToString("R", CultureInfo.InvariantCulture);
        double size = Math.Abs(number);
        if (!shortest.Contains('E', StringComparison.Ordinal))
        {
            return shortest;
        }

        if (size is >= LeastPlain and < LeastLarge)
        {
            return number.ToString("0.####################", CultureInfo.InvariantCulture);
        }

        int at = shortest.IndexOf('E', StringComparison.Ordinal);
        int exponent = int.Parse(shortest.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{shortest[..at]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }
}
