namespace Hull.OciCli;

/// <summary>The options a command knows.</summary>
/// <param name="Options">They, in the order of the help.</param>
internal sealed record OptionTable(params Option[] Options)
{
    /// <summary>Finds an option by one of its names; null when there is none.</summary>
    internal Option? Find(ReadOnlySpan<char> name)
    {
        foreach (Option option in Options)
        {
            if (option.Has(name))
            {
                return option;
            }
        }

        return null;
    }
}
