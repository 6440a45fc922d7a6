namespace Hull.Cli.Templates;

/// <summary>Reads a template.</summary>
internal sealed class TemplateParser
{
    private const int MaxDepth = 100;

    private static readonly string[] s_notSupported = ["define", "template", "block"];

    private readonly List<(string? Text, List<TemplateToken> Tokens)> _parts = [];
    private int _part;
    private List<TemplateToken> _tokens = [];
    private int _at;
    private int _depth;
    private int _loops;

    private TemplateParser(string template) => Split(template);

    /// <summary>Reads a template.</summary>
    /// <exception cref="UsageException">It is not one.</exception>
    internal static List<TemplateNode> Parse(string template)
    {
        TemplateParser parser = new(template);
        List<TemplateNode> nodes = parser.Body();
        return parser._part == parser._parts.Count
            ? nodes
            : throw new UsageException($"The template '{template}' has an '{{{{{parser._parts[parser._part].Tokens[0].Text}}}}}' too many.");
    }

    private void Split(string template)
    {
        int at = 0;
        bool trims = false;
        while (at < template.Length)
        {
            int open = template.IndexOf("{{", at, StringComparison.Ordinal);
            string text = open < 0 ? template[at..] : template[at..open];
            text = trims ? text.TrimStart() : text;
            if (open < 0)
            {
                AddText(text);
                return;
            }

            int start = open + 2;
            bool trimsBefore = template.AsSpan(start).StartsWith("-") && start + 1 < template.Length && char.IsWhiteSpace(template[start + 1]);
            AddText(trimsBefore ? text.TrimEnd() : text);
            start += trimsBefore ? 2 : 0;
            at = EndOf(template, start, out int inner);
            string action = template[start..inner];
            trims = action.EndsWith('-') && action.Length > 1 && char.IsWhiteSpace(action[^2]);
            action = trims ? action[..^1] : action;
            if (!action.AsSpan().TrimStart().StartsWith("/*"))
            {
                List<TemplateToken> tokens = TemplateLexer.Read(action);
                _parts.Add((null, tokens.Count > 0 ? tokens : throw new UsageException($"The template '{template}' has an empty '{{{{}}}}'.")));
            }
        }
    }

    private static int EndOf(string template, int start, out int inner)
    {
        bool isComment = template.AsSpan(start).TrimStart().StartsWith("/*");
        int close = isComment ? template.IndexOf("*/", start, StringComparison.Ordinal) : start;
        int end = close < 0 ? -1 : TemplateLexer.FindEnd(template.AsSpan(close));
        inner = end < 0 ? throw new UsageException($"The template '{template}' has an open '{{{{'.") : close + end;
        return inner + 2;
    }

    private void AddText(string text)
    {
        if (text.Length > 0)
        {
            _parts.Add((text, []));
        }
    }

    // Up to the 'end' or 'else' of the enclosing block, which stays for whoever called.
    private List<TemplateNode> Body()
    {
        if (++_depth > MaxDepth)
        {
            throw new UsageException("The template's blocks are nested too deeply.");
        }

        List<TemplateNode> nodes = [];
        for (; _part < _parts.Count; _part++)
        {
            (string? text, List<TemplateToken> tokens) = _parts[_part];
            if (text is not null)
            {
                nodes.Add(new TemplateNode.Plain(text));
                continue;
            }

            _tokens = tokens;
            _at = 0;
            string word = tokens[0].Kind == TemplateTokenKind.Name ? tokens[0].Text : "";
            if (word is "end" or "else")
            {
                break;
            }

            nodes.Add(Action(word));
        }

        _depth--;
        return nodes;
    }

    private TemplateNode Action(string word)
    {
        if (s_notSupported.Contains(word))
        {
            throw new UsageException($"The template action '{word}' is not supported.");
        }

        if (word is "break" or "continue")
        {
            _at++;
            ExpectActionEnd();
            return _loops > 0 ? new TemplateNode.Jump(word == "break") : throw new UsageException($"The template has a '{{{{{word}}}}}' outside of a '{{{{range}}}}'.");
        }

        if (word is not ("if" or "with" or "range"))
        {
            return new TemplateNode.Action(WholePipeline());
        }

        _at++;
        return Block(word);
    }

    private TemplateNode Block(string word)
    {
        TemplateNode.Pipeline value = WholePipeline();
        _loops += word == "range" ? 1 : 0;
        _part++;
        List<TemplateNode> body = Body();
        _loops -= word == "range" ? 1 : 0;
        List<TemplateNode> otherwise = Otherwise(word);
        return word == "range" ? new TemplateNode.Loop(value, body, otherwise) : new TemplateNode.Choice(value, word == "with", body, otherwise);
    }

    // {{else if X}} is an {{if X}} inside the {{else}} that ends with it.
    private List<TemplateNode> Otherwise(string word)
    {
        if (_part == _parts.Count)
        {
            throw new UsageException($"The template has a '{{{{{word}}}}}' without '{{{{end}}}}'.");
        }

        _tokens = _parts[_part].Tokens;
        _at = 1;
        bool isElse = _tokens[0].Text == "else";
        if (isElse && word != "range" && Current is { Kind: TemplateTokenKind.Name, Text: "if" or "with" } next)
        {
            _at++;
            return [Block(next.Text)];
        }

        ExpectActionEnd();
        if (!isElse)
        {
            return [];
        }

        _part++;
        List<TemplateNode> nodes = Body();
        if (_part == _parts.Count || _parts[_part].Tokens[0].Text != "end")
        {
            throw new UsageException($"The template has a '{{{{{word}}}}}' without '{{{{end}}}}'.");
        }

        return nodes;
    }

    private TemplateToken Current => _at < _tokens.Count ? _tokens[_at] : default;

    private bool IsMark(string text) => Current is { Kind: TemplateTokenKind.Mark } token && token.Text == text;

    private void ExpectActionEnd()
    {
        if (_at < _tokens.Count)
        {
            throw NotExpected();
        }
    }

    private TemplateNode.Pipeline WholePipeline()
    {
        TemplateNode.Pipeline pipeline = Pipeline();
        ExpectActionEnd();
        return pipeline;
    }

    private TemplateNode.Pipeline Pipeline()
    {
        (List<string> variables, bool declares) = Variables();
        List<TemplateNode.Command> commands = [];
        do
        {
            _at += commands.Count > 0 ? 1 : 0;
            commands.Add(Command());
        }
        while (IsMark("|"));
        return new TemplateNode.Pipeline(variables, declares, commands);
    }

    private (List<string> Names, bool Declares) Variables()
    {
        int start = _at;
        List<string> names = [];
        while (Current.Kind == TemplateTokenKind.Variable)
        {
            names.Add(Current.Text);
            _at++;
            if (IsMark(",") && names.Count == 1)
            {
                _at++;
                continue;
            }

            if (IsMark(":=") || IsMark("="))
            {
                bool declares = IsMark(":=");
                _at++;
                return (names, declares);
            }

            break;
        }

        _at = start;
        return ([], false);
    }

    private TemplateNode.Command Command()
    {
        List<TemplateNode.Operand> operands = [];
        while (_at < _tokens.Count && !IsMark("|") && !IsMark(")"))
        {
            operands.Add(Operand());
        }

        return operands.Count > 0 ? new TemplateNode.Command(operands) : throw new UsageException("The template has a '|', '(' or word that nothing follows.");
    }

    private TemplateNode.Operand Operand()
    {
        TemplateToken token = Current;
        _at++;
        return token.Kind switch
        {
            TemplateTokenKind.Dot => new TemplateNode.Dot([]),
            TemplateTokenKind.Field => new TemplateNode.Dot([token.Text, .. Fields()]),
            TemplateTokenKind.Variable => new TemplateNode.Variable(token.Text, Fields()),
            TemplateTokenKind.Literal => new TemplateNode.Literal(token.Value),
            TemplateTokenKind.Name => token.Text switch
            {
                "true" => new TemplateNode.Literal(true),
                "false" => new TemplateNode.Literal(false),
                "nil" => new TemplateNode.Literal(null),
                _ => new TemplateNode.Function(token.Text),
            },
            TemplateTokenKind.Mark when token.Text == "(" => Group(),
            _ => throw NotExpected(),
        };
    }

    private TemplateNode.Group Group()
    {
        if (++_depth > MaxDepth)
        {
            throw new UsageException("The template's parentheses are nested too deeply.");
        }

        TemplateNode.Pipeline inner = Pipeline();
        if (!IsMark(")"))
        {
            throw new UsageException("The template has a '(' without ')'.");
        }

        _at++;
        _depth--;
        return new TemplateNode.Group(inner, Fields());
    }

    private List<string> Fields()
    {
        List<string> fields = [];
        while (Current is { Kind: TemplateTokenKind.Field, IsApart: false } field)
        {
            fields.Add(field.Text);
            _at++;
        }

        return fields;
    }

    private UsageException NotExpected()
    {
        TemplateToken token = _tokens[Math.Min(_at, _tokens.Count - 1)];
        return new UsageException($"The template has a '{(token.Kind == TemplateTokenKind.Literal ? token.Value : token.Text)}' where it is not expected.");
    }
}
