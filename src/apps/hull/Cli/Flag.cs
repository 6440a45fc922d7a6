namespace Hull.Cli;

/// <summary>One option of a command, and after parsing its value.</summary>
/// <remarks>A process runs one command once, so the value lives in the option: no dictionary, no conversion layer.</remarks>
internal abstract class Flag(string name, char shortName, string help)
{
    internal string Name { get; } = name;

    internal char ShortName { get; } = shortName;

    internal string Help { get; } = help;

    internal bool IsSet { get; private set; }

    /// <summary>What stands for the value in help pages; empty for a switch.</summary>
    internal abstract string ValueName { get; }

    /// <summary>Whether <c>--name</c> alone is complete.</summary>
    internal virtual bool IsSwitch => false;

    /// <summary>Not shown in help pages.</summary>
    internal virtual bool IsHidden { get; init; }

    internal void Take(string value)
    {
        IsSet = true;
        Accept(value);
    }

    protected abstract void Accept(string value);
}
