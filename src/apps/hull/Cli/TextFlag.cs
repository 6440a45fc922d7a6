namespace Hull.Cli;

/// <summary>An option with one value; the last one given counts.</summary>
internal sealed class TextFlag(string name, char shortName, string valueName, string help) : Flag(name, shortName, help)
{
    internal string? Value { get; private set; }

    internal override string ValueName => valueName;

    /// <summary>Turns the value into something else, when it was given.</summary>
    internal T? Map<T>(Func<string, T> read, T? fallback = default) => Value is null ? fallback : read(Value);

    protected override void Accept(string value) => Value = value;
}
