using System.Globalization;
using System.Text;

namespace Hull.Cli.Templates;

/// <summary>Cuts the inside of <c>{{ }}</c> into words.</summary>
internal ref struct TemplateLexer
{
    private readonly ReadOnlySpan<char> _text;
    private int _at;

    private TemplateLexer(ReadOnlySpan<char> text) => _text = text;

    /// <summary>Finds where an action ends: the first <c>}}</c> that no text holds.</summary>
    /// <returns>-1 when it does not end.</returns>
    internal static int FindEnd(ReadOnlySpan<char> text)
    {
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            if (quote != '\0')
            {
                if (text[i] == '\\' && quote != '`')
                {
                    i++;
                }
                else if (text[i] == quote)
                {
                    quote = '\0';
                }
            }
            else if (text[i] is '"' or '`' or '\'')
            {
                quote = text[i];
            }
            else if (text[i..].StartsWith("}}"))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Reads all words.</summary>
    /// <exception cref="UsageException">There is something that is none.</exception>
    internal static List<TemplateToken> Read(ReadOnlySpan<char> text)
    {
        TemplateLexer lexer = new(text);
        List<TemplateToken> tokens = [];
        while (lexer.TryTake(out TemplateToken token))
        {
            tokens.Add(token);
        }

        return tokens;
    }

    private bool TryTake(out TemplateToken token)
    {
        int start = _at;
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }

        token = default;
        if (_at == _text.Length)
        {
            return false;
        }

        bool isApart = _at > start || _at == 0;
        char first = _text[_at];
        token = first switch
        {
            '"' => Make(TemplateTokenKind.Literal, Quoted(), isApart),
            '`' => Make(TemplateTokenKind.Literal, Raw(), isApart),
            '\'' => Make(TemplateTokenKind.Literal, Character(), isApart),
            '.' when _at + 1 < _text.Length && IsOfName(_text[_at + 1]) => new(TemplateTokenKind.Field, NameAfterMark(), null, isApart),
            '.' => Mark(TemplateTokenKind.Dot, 1, isApart),
            '$' => new(TemplateTokenKind.Variable, "$" + NameAfterMark(), null, isApart),
            ':' when _text[_at..].StartsWith(":=") => Mark(TemplateTokenKind.Mark, 2, isApart),
            '|' or '(' or ')' or ',' or '=' => Mark(TemplateTokenKind.Mark, 1, isApart),
            _ when char.IsAsciiDigit(first) || first is '-' or '+' => Make(TemplateTokenKind.Literal, Number(), isApart),
            _ when IsOfName(first) => new(TemplateTokenKind.Name, Name(), null, isApart),
            _ => throw new UsageException($"The template has a '{first}' that is not understood."),
        };
        return true;
    }

    private static bool IsOfName(char letter) => char.IsLetterOrDigit(letter) || letter == '_';

    private static TemplateToken Make(TemplateTokenKind kind, object value, bool isApart) => new(kind, "", value, isApart);

    private TemplateToken Mark(TemplateTokenKind kind, int length, bool isApart)
    {
        string text = _text.Slice(_at, length).ToString();
        _at += length;
        return new(kind, text, null, isApart);
    }

    private string NameAfterMark()
    {
        _at++;
        return Name();
    }

    private string Name()
    {
        int start = _at;
        while (_at < _text.Length && IsOfName(_text[_at]))
        {
            _at++;
        }

        return _text[start.._at].ToString();
    }

    private string Raw()
    {
        int end = _text[(_at + 1)..].IndexOf('`');
        if (end < 0)
        {
            throw Open('`');
        }

        string value = _text.Slice(_at + 1, end).ToString();
        _at += end + 2;
        return value;
    }

    private long Character()
    {
        string text = Until('\'');
        return text.Length > 0 && Rune.DecodeFromUtf16(text, out Rune rune, out int used) == System.Buffers.OperationStatus.Done && used == text.Length
            ? rune.Value
            : throw new UsageException($"The template's character '{text}' is not one character.");
    }

    private string Quoted() => Until('"');

    private string Until(char quote)
    {
        StringBuilder value = new();
        for (int i = _at + 1; i < _text.Length; i++)
        {
            if (_text[i] == quote)
            {
                _at = i + 1;
                return value.ToString();
            }

            if (_text[i] == '\\' && i + 1 < _text.Length)
            {
                i++;
                i += Escape(value, _text[i..]);
                continue;
            }

            value.Append(_text[i]);
        }

        throw Open(quote);
    }

    // How many characters beside the first were used. Source: The Go Programming Language Specification, "Rune literals".
    private static int Escape(StringBuilder value, ReadOnlySpan<char> text)
    {
        int digits = text[0] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0)
        {
            if (text.Length > digits
                && uint.TryParse(text.Slice(1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code)
                && Rune.IsValid(code))
            {
                value.Append(new Rune(code));
                return digits;
            }

            throw new UsageException($"The template's escape '\\{text[0]}' is incomplete.");
        }

        value.Append(text[0] switch
        {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'a' => '\a',
            'b' => '\b',
            'f' => '\f',
            'v' => '\v',
            '\\' or '"' or '\'' => text[0],
            _ => throw new UsageException($"The template's escape '\\{text[0]}' is not known."),
        });
        return 0;
    }

    private object Number()
    {
        int start = _at++;
        while (_at < _text.Length && (IsOfName(_text[_at]) || _text[_at] == '.' || (_text[_at] is '-' or '+' && _text[_at - 1] is 'e' or 'E')))
        {
            _at++;
        }

        ReadOnlySpan<char> word = _text[start.._at];
        if ((word.StartsWith("0x") && long.TryParse(word[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long whole))
            || long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out whole))
        {
            return whole;
        }

        return double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) && double.IsFinite(real) ? real
            : throw new UsageException($"The template's number '{word}' is not one.");
    }

    private static UsageException Open(char quote) => new($"The template has a {quote} without its end.");
}
