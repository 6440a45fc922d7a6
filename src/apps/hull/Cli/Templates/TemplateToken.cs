namespace Hull.Cli.Templates;

/// <summary>A word inside <c>{{ }}</c>.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">A name without its dot, or the character itself.</param>
/// <param name="Value">The value of a literal.</param>
/// <param name="IsApart">Whether a space stands before it: <c>(x) .A</c> has two operands, <c>(x).A</c> one.</param>
internal readonly record struct TemplateToken(TemplateTokenKind Kind, string Text, object? Value, bool IsApart);
