namespace Hull.Cli;

/// <summary>An option of Docker's that Hull does not have: known, so that it is refused with its reason and never taken for something else.</summary>
/// <param name="name">Its name.</param>
/// <param name="why">Why it is refused and what to do, as the end of a sentence.</param>
/// <param name="harmless">A value that asks for what Hull does anyway.</param>
/// <param name="isSwitch">Whether it is complete without a value.</param>
/// <param name="shortName">Its letter.</param>
internal sealed class RefusedFlag(string name, string why, string? harmless = null, bool isSwitch = false, char shortName = '\0')
    : Flag(name, shortName, why)
{
    internal override string ValueName => isSwitch ? "" : "VALUE";

    internal override bool IsSwitch => isSwitch;

    internal override bool IsHidden => true;

    protected override void Accept(string value)
    {
        bool asksForNothing = harmless is not null && (value == harmless || (isSwitch && value.Length == 0 && harmless == "true"));
        if (!asksForNothing)
        {
            throw new HullException(ErrorKind.Unimplemented, $"The option '--{Name}' is not supported: {Help}.");
        }
    }
}
