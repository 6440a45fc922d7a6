namespace Hull.Cli.Templates;

/// <summary>A piece of a template that was read.</summary>
internal abstract record TemplateNode
{
    /// <summary>Text as it stands.</summary>
    internal sealed record Plain(string Text) : TemplateNode;

    /// <summary><c>{{pipeline}}</c>; one that sets a variable prints nothing.</summary>
    internal sealed record Action(Pipeline Value) : TemplateNode;

    /// <summary><c>if</c> and <c>with</c>, which differ in what the dot is inside.</summary>
    internal sealed record Choice(Pipeline Value, bool SetsDot, IReadOnlyList<TemplateNode> Then, IReadOnlyList<TemplateNode> Otherwise) : TemplateNode;

    /// <summary><c>range</c>.</summary>
    internal sealed record Loop(Pipeline Value, IReadOnlyList<TemplateNode> Body, IReadOnlyList<TemplateNode> Otherwise) : TemplateNode;

    /// <summary><c>break</c> or <c>continue</c>.</summary>
    internal sealed record Jump(bool EndsLoop) : TemplateNode;

    /// <summary>Commands whose results are passed on, and the variables that get the last one.</summary>
    internal sealed record Pipeline(IReadOnlyList<string> Variables, bool Declares, IReadOnlyList<Command> Commands);

    /// <summary>A function and what it gets, or one operand alone.</summary>
    internal sealed record Command(IReadOnlyList<Operand> Operands);

    /// <summary>Something with a value, and the fields that are taken of it one after another.</summary>
    internal abstract record Operand(IReadOnlyList<string> Fields);

    /// <summary>The dot.</summary>
    internal sealed record Dot(IReadOnlyList<string> Fields) : Operand(Fields);

    /// <summary>A variable, whose name begins with <c>$</c>.</summary>
    internal sealed record Variable(string Name, IReadOnlyList<string> Fields) : Operand(Fields);

    /// <summary>A text, a number, a truth value or nil.</summary>
    internal sealed record Literal(object? Value) : Operand([]);

    /// <summary>The name of a function.</summary>
    internal sealed record Function(string Name) : Operand([]);

    /// <summary>A pipeline in parentheses.</summary>
    internal sealed record Group(Pipeline Inner, IReadOnlyList<string> Fields) : Operand(Fields);
}
