namespace Hull.Cli;

/// <summary>An option that is on or off: <c>--rm</c>, <c>--rm=false</c>.</summary>
internal sealed class SwitchFlag(string name, char shortName, string help) : Flag(name, shortName, help)
{
    internal bool Value { get; private set; }

    internal override string ValueName => "";

    internal override bool IsSwitch => true;

    protected override void Accept(string value) => Value = value switch
    {
        "" or "true" or "1" or "t" => true,
        "false" or "0" or "f" => false,
        _ => throw new UsageException($"'{value}' is neither true nor false (--{Name})."),
    };
}
