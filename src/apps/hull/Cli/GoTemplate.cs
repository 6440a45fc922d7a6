using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Hull.Cli;

/// <summary>The part of Go's templates people use with <c>--format</c>: fields, json, range, if, printf-free text.</summary>
/// <remarks>
/// <c>{{.A.B}}</c>, <c>{{json .A}}</c>, <c>{{range .A}}…{{end}}</c>, <c>{{range $k, $v := .A}}</c>, <c>{{if .A}}…{{else}}…{{end}}</c>,
/// <c>{{index .A "k"}}</c>, <c>{{len .A}}</c>, <c>{{print .A}}</c>, <c>{{println .A}}</c>, <c>{{join .A ","}}</c>, <c>{{upper .A}}</c>,
/// <c>{{lower .A}}</c>, <c>eq</c>, <c>ne</c>, <c>not</c>, <c>and</c>, <c>or</c>, <c>{{.Label "k"}}</c>, pipes, and <c>{{-</c> and <c>-}}</c>.
/// </remarks>
internal sealed class GoTemplate
{
    private const int MaxOutput = 16 * 1024 * 1024;

    private readonly List<string> _tokens;
    private readonly StringBuilder _output = new();
    private readonly Dictionary<string, JsonElement> _variables = new(StringComparer.Ordinal);
    private int _at;

    private GoTemplate(string template) => _tokens = Split(template);

    /// <summary>Prints a JSON document with a template; <c>json</c> prints the document itself.</summary>
    /// <exception cref="HullException">The template is wrong, or names a field that does not exist.</exception>
    internal static string Print(string template, string json)
    {
        using var document = JsonDocument.Parse(json);
        if (template == "json")
        {
            return Compact(document.RootElement);
        }

        GoTemplate run = new(template.Replace("\\t", "\t", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal));
        run.Block(document.RootElement, print: true);
        return run._at < run._tokens.Count
            ? throw new UsageException($"The template '{template}' has an '{{{{end}}}}' or '{{{{else}}}}' too many.")
            : run._output.ToString();
    }

    private static List<string> Split(string template)
    {
        List<string> tokens = [];
        int at = 0;
        while (at < template.Length)
        {
            int open = template.IndexOf("{{", at, StringComparison.Ordinal);
            if (open < 0)
            {
                tokens.Add(template[at..]);
                break;
            }

            int close = template.IndexOf("}}", open, StringComparison.Ordinal);
            if (close < 0)
            {
                throw new UsageException($"The template '{template}' has an open '{{{{'.");
            }

            string action = template[(open + 2)..close];
            string before = action.StartsWith("- ", StringComparison.Ordinal) ? template[at..open].TrimEnd() : template[at..open];
            if (before.Length > 0)
            {
                tokens.Add(before);
            }

            tokens.Add("{{" + action.Trim().Trim('-').Trim());
            at = close + 2;
            while (action.EndsWith(" -", StringComparison.Ordinal) && at < template.Length && char.IsWhiteSpace(template[at]))
            {
                at++;
            }
        }

        return tokens;
    }

    // Runs until the end of the enclosing block; leaves the cursor on its {{end}} or {{else}}.
    private void Block(JsonElement dot, bool print)
    {
        for (; _at < _tokens.Count; _at++)
        {
            string token = _tokens[_at];
            if (!token.StartsWith("{{", StringComparison.Ordinal))
            {
                Append(print ? token : "");
                continue;
            }

            string action = token[2..];
            if (action is "end" or "else")
            {
                return;
            }

            if (action.StartsWith("range ", StringComparison.Ordinal))
            {
                Range(action["range ".Length..], dot, print);
            }
            else if (action.StartsWith("if ", StringComparison.Ordinal))
            {
                If(action["if ".Length..], dot, print);
            }
            else if (print)
            {
                Append(Text(Evaluate(action, dot)));
            }
        }
    }

    private void If(string condition, JsonElement dot, bool print)
    {
        bool holds = print && IsTrue(Evaluate(condition, dot));
        _at++;
        Block(dot, print && holds);
        if (Current == "{{else")
        {
            _at++;
            Block(dot, print && !holds);
        }

        ExpectEnd();
    }

    private void Range(string text, JsonElement dot, bool print)
    {
        string[] names = [];
        int assign = text.IndexOf(":=", StringComparison.Ordinal);
        if (assign >= 0)
        {
            names = [.. text[..assign].Split(',').Select(name => name.Trim())];
            text = text[(assign + 2)..].Trim();
        }

        int body = _at + 1;
        int passes = 0;
        foreach ((JsonElement key, JsonElement item) in print ? Items(Evaluate(text, dot)) : [])
        {
            _at = body;
            if (names.Length == 2)
            {
                _variables[names[0]] = key;
                _variables[names[1]] = item;
            }
            else if (names.Length == 1)
            {
                _variables[names[0]] = item;
            }

            Block(item, print: true);
            SkipElse();
            passes++;
        }

        if (passes == 0)
        {
            _at = body;
            Block(dot, print: false);
            if (Current == "{{else")
            {
                _at++;
                Block(dot, print);
            }
        }

        ExpectEnd();
    }

    private string Current => _at < _tokens.Count ? _tokens[_at] : "";

    private void SkipElse()
    {
        if (Current == "{{else")
        {
            _at++;
            Block(default, print: false);
        }
    }

    private void ExpectEnd()
    {
        if (Current != "{{end")
        {
            throw new UsageException("The template has a '{{range}}' or '{{if}}' without '{{end}}'.");
        }
    }

    private static IEnumerable<(JsonElement Key, JsonElement Item)> Items(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            int index = 0;
            foreach (JsonElement item in value.EnumerateArray())
            {
                yield return (Number(index++), item);
            }
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty item in value.EnumerateObject().OrderBy(item => item.Name, StringComparer.Ordinal))
            {
                yield return (Quote(item.Name), item.Value);
            }
        }
    }

    private JsonElement Evaluate(string expression, JsonElement dot)
    {
        // A pipe passes the value on as the last argument: {{.Labels | json}}.
        int pipe = LastPipe(expression);
        if (pipe >= 0)
        {
            return Call(expression[(pipe + 1)..].Trim(), [], Evaluate(expression[..pipe].Trim(), dot));
        }

        List<string> words = Words(expression);
        if (words.Count == 0)
        {
            throw new UsageException("The template has an empty '{{}}'.");
        }

        if (words.Count == 1)
        {
            return Operand(words[0], dot);
        }

        if (words[0] == ".Label" && words.Count == 2)
        {
            return Label(Field(dot, "Labels", lenient: false), Text(Operand(words[1], dot)));
        }

        JsonElement[] rest = [.. words.Skip(2).Select(word => Operand(word, dot))];
        return Call(words[0], rest, Operand(words[1], dot));
    }

    // Not inside a text.
    private static int LastPipe(string expression)
    {
        bool quoted = false;
        int last = -1;
        for (int i = 0; i < expression.Length; i++)
        {
            quoted ^= expression[i] == '"';
            last = expression[i] == '|' && !quoted ? i : last;
        }

        return last;
    }

    // Lists have labels as one text, k=v,k=v; objects have them as members.
    private static JsonElement Label(JsonElement labels, string name) => labels.ValueKind == JsonValueKind.String
        ? Quote((labels.GetString() ?? "").Split(',').Select(one => one.Split('=', 2)).FirstOrDefault(one => one[0] == name)?.ElementAtOrDefault(1) ?? "")
        : Field(labels, name, lenient: true);

    private static JsonElement Call(string function, ReadOnlySpan<JsonElement> rest, JsonElement value)
    {
        switch (function)
        {
            case "json":
                return Quote(value.ValueKind == JsonValueKind.Undefined ? "null" : Compact(value));
            case "len":
                return Number(value.ValueKind == JsonValueKind.String ? value.GetString()!.Length : Items(value).Count());
            case "println":
                return Quote(Text(value) + "\n");
            case "print":
                return value;
            case "upper":
                return Quote(Text(value).ToUpperInvariant());
            case "lower":
                return Quote(Text(value).ToLowerInvariant());
            case "not":
                return Parse(IsTrue(value) ? "false" : "true");
            case "join":
                return Quote(string.Join(rest.IsEmpty ? "" : Text(rest[0]), Items(value).Select(item => Text(item.Item))));
            case "index":
                foreach (JsonElement key in rest)
                {
                    value = key.ValueKind == JsonValueKind.Number ? Items(value).ElementAtOrDefault(key.GetInt32()).Item : Field(value, Text(key), lenient: true);
                }

                return value;
            case "and":
                return rest.IsEmpty || !IsTrue(value) ? value : rest[^1];
            case "or":
                return rest.IsEmpty || IsTrue(value) ? value : rest[^1];
            case "eq":
                return Parse(!rest.IsEmpty && Text(value) == Text(rest[0]) ? "true" : "false");
            case "ne":
                return Parse(!rest.IsEmpty && Text(value) == Text(rest[0]) ? "false" : "true");
            default:
                throw new UsageException($"The template function '{function}' is not supported: use json, index, len, join, print, println, upper, lower, not, and, or, eq, ne, range or if.");
        }
    }

    private JsonElement Operand(string word, JsonElement dot)
    {
        if (word[0] == '"')
        {
            return Quote(word.Trim('"'));
        }

        if (char.IsAsciiDigit(word[0]))
        {
            return Parse(word);
        }

        JsonElement value = dot;
        string path = word;
        if (word[0] == '$')
        {
            int end = word.IndexOf('.', StringComparison.Ordinal);
            string name = end < 0 ? word : word[..end];
            value = _variables.TryGetValue(name, out JsonElement found) ? found
                : name == "$" ? dot
                : throw new UsageException($"The template variable '{name}' is not set.");
            path = end < 0 ? "" : word[end..];
        }
        else if (word[0] != '.')
        {
            throw new UsageException($"The template word '{word}' is not understood: fields begin with '.'.");
        }

        foreach (string name in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            value = Field(value, name, lenient: false);
        }

        return value;
    }

    private static JsonElement Field(JsonElement value, string name, bool lenient)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            if (value.TryGetProperty(name, out JsonElement exact))
            {
                return exact;
            }

            foreach (JsonProperty property in value.EnumerateObject())
            {
                if (string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase))
                {
                    return property.Value;
                }
            }
        }

        return lenient || value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined
            ? default
            : throw new UsageException($"The template names the field '{name}', which does not exist.");
    }

    private static bool IsTrue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.String => value.GetString()!.Length > 0,
        JsonValueKind.Number => value.GetDouble() != 0,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.Object => value.EnumerateObject().Any(),
        _ => false,
    };

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined => "<no value>",
        JsonValueKind.Null => "<nil>",
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => $"[{string.Join(' ', value.EnumerateArray().Select(Text))}]",
        JsonValueKind.Object => $"map[{string.Join(' ', value.EnumerateObject().OrderBy(item => item.Name, StringComparer.Ordinal).Select(item => $"{item.Name}:{Text(item.Value)}"))}]",
        _ => value.GetRawText(),
    };

    private void Append(string text)
    {
        _output.Append(text);
        if (_output.Length > MaxOutput)
        {
            throw new UsageException("The template's output is larger than 16 MiB.");
        }
    }

    private static List<string> Words(string expression)
    {
        List<string> words = [];
        int at = 0;
        while (at < expression.Length)
        {
            if (expression[at] == ' ')
            {
                at++;
                continue;
            }

            int end = expression[at] == '"' ? expression.IndexOf('"', at + 1) + 1 : expression.IndexOf(' ', at);
            end = end <= 0 ? expression.Length : end;
            words.Add(expression[at..end]);
            at = end;
        }

        return words;
    }

    private static string Compact(JsonElement value)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            value.WriteTo(json);
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static JsonElement Quote(string text) => Parse($"\"{JsonEncodedText.Encode(text)}\"");

    private static JsonElement Number(int value) => Parse(value.ToString(CultureInfo.InvariantCulture));

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
