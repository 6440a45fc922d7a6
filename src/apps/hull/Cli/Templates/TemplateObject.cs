using System.Text.Json;

namespace Hull.Cli.Templates;

/// <summary>An object of the document.</summary>
/// <param name="Element">The object.</param>
/// <param name="IsMap">Whether users choose its members' names, as of labels: then a name that is not there is no mistake.</param>
internal sealed record TemplateObject(JsonElement Element, bool IsMap)
{
    private static readonly HashSet<string> s_maps = new(StringComparer.OrdinalIgnoreCase)
    {
        "Annotations", "Attributes", "ExposedPorts", "Labels", "LogOpts", "Networks", "Options", "PortBindings", "Ports", "StorageOpt",
        "Sysctls", "Tmpfs", "Volumes",
    };

    /// <summary>Members by name, as Go's templates go through a map.</summary>
    internal IEnumerable<(string Name, object? Value)> Members => Element.EnumerateObject()
        .OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => (member.Name, TemplateText.Of(member.Value, s_maps.Contains(member.Name))));

    /// <summary>Finds a member; letters of another case count as the same, when no name is exactly so.</summary>
    internal bool TryFind(string name, out object? value)
    {
        if (Element.TryGetProperty(name, out JsonElement exact))
        {
            value = TemplateText.Of(exact, s_maps.Contains(name));
            return true;
        }

        foreach (JsonProperty member in Element.EnumerateObject())
        {
            if (string.Equals(member.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                value = TemplateText.Of(member.Value, s_maps.Contains(name));
                return true;
            }
        }

        value = null;
        return false;
    }

    /// <summary>What a map has for a name that is not there: the empty text when its values are texts, else nil.</summary>
    internal object? Nothing => Element.EnumerateObject().All(member => member.Value.ValueKind == JsonValueKind.String) ? "" : null;
}
