namespace Hull.Cli.Templates;

/// <summary>Words inside <c>{{ }}</c>.</summary>
internal enum TemplateTokenKind
{
    /// <summary>There are no more.</summary>
    End,

    /// <summary><c>.Name</c>.</summary>
    Field,

    /// <summary><c>.</c>.</summary>
    Dot,

    /// <summary><c>$name</c> or <c>$</c>.</summary>
    Variable,

    /// <summary>A keyword or a function.</summary>
    Name,

    /// <summary>A text, a character or a number.</summary>
    Literal,

    /// <summary>One of <c>| ( ) , := =</c>.</summary>
    Mark,
}
