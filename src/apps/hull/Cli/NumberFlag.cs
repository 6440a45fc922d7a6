using System.Globalization;

namespace Hull.Cli;

/// <summary>An option with a whole number.</summary>
internal sealed class NumberFlag(string name, char shortName, string valueName, string help) : Flag(name, shortName, help)
{
    internal long? Value { get; private set; }

    internal override string ValueName => valueName;

    protected override void Accept(string value) => Value =
        long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new UsageException($"'{value}' is not a whole number (--{Name}).");
}
