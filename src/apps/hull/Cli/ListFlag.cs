namespace Hull.Cli;

/// <summary>An option that may be given many times.</summary>
internal sealed class ListFlag(string name, char shortName, string valueName, string help) : Flag(name, shortName, help)
{
    private readonly List<string> _values = [];

    internal IReadOnlyList<string> Values => _values;

    internal override string ValueName => valueName;

    protected override void Accept(string value) => _values.Add(value);
}
