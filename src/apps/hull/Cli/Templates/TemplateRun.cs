using System.Text;

namespace Hull.Cli.Templates;

/// <summary>One printing of a template.</summary>
internal sealed class TemplateRun(object? root, bool isHeader)
{
    private const int MaxOutput = 16 * 1024 * 1024;

    private readonly StringBuilder _output = new();
    private readonly List<(string Name, object? Value)> _variables = [("$", root)];

    private enum Flow
    {
        Next,
        Continue,
        Break,
    }

    /// <summary>Prints.</summary>
    /// <exception cref="UsageException">A field does not exist, or a function is called wrongly.</exception>
    internal string Print(IReadOnlyList<TemplateNode> nodes)
    {
        _ = Block(nodes, root);
        return _output.ToString();
    }

    private Flow Block(IReadOnlyList<TemplateNode> nodes, object? dot)
    {
        int variables = _variables.Count;
        Flow flow = Flow.Next;
        for (int i = 0; i < nodes.Count && flow == Flow.Next; i++)
        {
            flow = One(nodes[i], dot);
        }

        _variables.RemoveRange(variables, _variables.Count - variables);
        return flow;
    }

    private Flow One(TemplateNode node, object? dot)
    {
        switch (node)
        {
            case TemplateNode.Plain plain:
                Append(plain.Text);
                return Flow.Next;
            case TemplateNode.Action action:
                object? value = Evaluate(action.Value, dot);
                Append(action.Value.Variables.Count > 0 ? "" : TemplateText.Plain(value));
                return Flow.Next;
            case TemplateNode.Choice choice:
                return Choose(choice, dot);
            case TemplateNode.Loop loop:
                return Repeat(loop, dot);
            default:
                return node is TemplateNode.Jump { EndsLoop: true } ? Flow.Break : Flow.Continue;
        }
    }

    private Flow Choose(TemplateNode.Choice choice, object? dot)
    {
        int variables = _variables.Count;
        object? value = Evaluate(choice.Value, dot);
        Flow flow = TemplateText.IsTrue(value)
            ? Block(choice.Then, choice.SetsDot ? value : dot)
            : Block(choice.Otherwise, dot);
        _variables.RemoveRange(variables, _variables.Count - variables);
        return flow;
    }

    private Flow Repeat(TemplateNode.Loop loop, object? dot)
    {
        bool isEmpty = true;
        foreach ((object? key, object? item) in Items(Evaluate(loop.Value with { Variables = [] }, dot)))
        {
            isEmpty = false;
            int variables = _variables.Count;
            IReadOnlyList<string> names = loop.Value.Variables;
            if (names.Count > 0)
            {
                Set(names[0], names.Count == 2 ? key : item, loop.Value.Declares);
            }

            if (names.Count == 2)
            {
                Set(names[1], item, loop.Value.Declares);
            }

            Flow flow = Block(loop.Body, item);
            _variables.RemoveRange(variables, _variables.Count - variables);
            if (flow == Flow.Break)
            {
                break;
            }
        }

        return isEmpty ? Block(loop.Otherwise, dot) : Flow.Next;
    }

    private static IEnumerable<(object? Key, object? Item)> Items(object? value)
    {
        switch (value)
        {
            case object?[] list:
                return list.Select((item, index) => ((object?)(long)index, item));
            case TemplateObject map:
                return map.Members.Select(member => ((object?)member.Name, member.Value));
            case long count:
                return Numbers(count);
            case string or bool or double:
                throw new UsageException($"The template cannot go through '{TemplateText.Plain(value)}' with 'range': it is no list.");
            default:
                return [];
        }
    }

    private static IEnumerable<(object? Key, object? Item)> Numbers(long count)
    {
        for (long i = 0; i < count; i++)
        {
            yield return (i, i);
        }
    }

    private object? Evaluate(TemplateNode.Pipeline pipeline, object? dot)
    {
        object? value = null;
        for (int i = 0; i < pipeline.Commands.Count; i++)
        {
            value = Command(pipeline.Commands[i], dot, i > 0 ? [value] : []);
        }

        foreach (string name in pipeline.Variables)
        {
            Set(name, value, pipeline.Declares);
        }

        return value;
    }

    // What a pipe passes on comes as the last argument.
    private object? Command(TemplateNode.Command command, object? dot, object?[] passed)
    {
        TemplateNode.Operand first = command.Operands[0];
        if (first is TemplateNode.Function function)
        {
            return function.Name is "and" or "or"
                ? Decide(command, dot, passed, until: function.Name == "or")
                : TemplateFunctions.Call(function.Name, [.. command.Operands.Skip(1).Select(operand => Operand(operand, dot)), .. passed], isHeader);
        }

        if (command.Operands.Count + passed.Length == 1)
        {
            return Operand(first, dot);
        }

        // The one method that lists have.
        return first.Fields is [.., "Label"] && command.Operands.Count + passed.Length == 2
            ? Label(first, dot, passed.Length > 0 ? passed[0] : Operand(command.Operands[1], dot))
            : throw new UsageException("The template gives arguments to something that is not a function.");
    }

    // Operands behind the one that decides are not looked at.
    private object? Decide(TemplateNode.Command command, object? dot, object?[] passed, bool until)
    {
        object? value = null;
        foreach (TemplateNode.Operand operand in command.Operands.Skip(1))
        {
            value = Operand(operand, dot);
            if (TemplateText.IsTrue(value) == until)
            {
                return value;
            }
        }

        return passed.Length > 0 ? passed[0]
            : command.Operands.Count > 1 ? value
            : throw new UsageException($"The template function '{(until ? "or" : "and")}' needs something to decide.");
    }

    private object? Operand(TemplateNode.Operand operand, object? dot)
    {
        object? value = operand switch
        {
            TemplateNode.Literal literal => literal.Value,
            TemplateNode.Variable variable => Get(variable.Name),
            TemplateNode.Group group => Evaluate(group.Inner, dot),
            TemplateNode.Function function => TemplateFunctions.Call(function.Name, [], isHeader),
            _ => dot,
        };
        foreach (string name in operand.Fields)
        {
            value = Field(value, name);
        }

        return value;
    }

    private static object? Field(object? value, string name) => value switch
    {
        TemplateObject map when map.TryFind(name, out object? found) => found,
        TemplateObject { IsMap: true } => TemplateText.Missing,
        null => null,
        _ when value == TemplateText.Missing => value,
        TemplateObject => throw new UsageException($"The template names the field '{name}', which does not exist."),
        _ => throw new UsageException($"The template asks '{TemplateText.Plain(value)}' for a field '{name}': it has none."),
    };

    // Rows of lists have labels as one text, k=v,k=v; objects have them as members.
    private object? Label(TemplateNode.Operand operand, object? dot, object? name)
    {
        object? owner = Operand(operand with { Fields = [.. operand.Fields.SkipLast(1)] }, dot);
        string wanted = TemplateText.Plain(name);
        return Field(owner, "Labels") switch
        {
            string text => text.Split(',').Select(one => one.Split('=', 2)).FirstOrDefault(one => one[0] == wanted)?.ElementAtOrDefault(1) ?? "",
            TemplateObject map => map.TryFind(wanted, out object? value) ? value : "",
            _ => "",
        };
    }

    private object? Get(string name)
    {
        int at = _variables.FindLastIndex(variable => variable.Name == name);
        return at >= 0 ? _variables[at].Value : throw new UsageException($"The template variable '{name}' is not set.");
    }

    private void Set(string name, object? value, bool declares)
    {
        int at = declares ? -1 : _variables.FindLastIndex(variable => variable.Name == name);
        if (declares)
        {
            _variables.Add((name, value));
            return;
        }

        _variables[at >= 0 ? at : throw new UsageException($"The template variable '{name}' is not set.")] = (name, value);
    }

    private void Append(string text)
    {
        _output.Append(text);
        if (_output.Length > MaxOutput)
        {
            throw new UsageException("The template's output is larger than 16 MiB.");
        }
    }
}
