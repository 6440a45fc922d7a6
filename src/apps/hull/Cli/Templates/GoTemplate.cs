using System.Text.Json;

namespace Hull.Cli.Templates;

/// <summary>A template as <c>--format</c> takes them: the language of Go's text/template with Docker's functions.</summary>
/// <remarks>
/// Source: the documentation of Go's package text/template and of Docker's --format. Not there: define, template and block,
/// which a single line does not need, and the functions call, html, js and urlquery. Each is refused by name.
/// </remarks>
internal sealed class GoTemplate
{
    private readonly IReadOnlyList<TemplateNode> _nodes;

    private GoTemplate(IReadOnlyList<TemplateNode> nodes) => _nodes = nodes;

    /// <summary>Reads a template.</summary>
    /// <exception cref="UsageException">It is not one.</exception>
    internal static GoTemplate Parse(string template) => new(TemplateParser.Parse(template));

    /// <summary>Prints a JSON document with a template; <c>json</c> prints the document itself.</summary>
    /// <exception cref="UsageException">The template is wrong, or names a field that does not exist.</exception>
    internal static string Print(string template, string json)
    {
        if (template != "json")
        {
            return Parse(template).Print(json);
        }

        using var document = JsonDocument.Parse(json);
        return TemplateText.Json(document.RootElement);
    }

    /// <summary>Prints a JSON document.</summary>
    /// <param name="json">The document.</param>
    /// <param name="isHeader">Whether it holds a table's titles, which functions such as <c>lower</c> leave as they are.</param>
    /// <exception cref="UsageException">The template names a field that does not exist, or calls a function wrongly.</exception>
    internal string Print(string json, bool isHeader = false)
    {
        using var document = JsonDocument.Parse(json);
        return new TemplateRun(TemplateText.Of(document.RootElement, isMap: false), isHeader).Print(_nodes);
    }
}
