namespace Hull.OciCli;

/// <summary>One option of a command.</summary>
/// <param name="Names">Its names without dashes, the first one first: <c>bundle,b</c>.</param>
/// <param name="Value">What its value is called in the help; null for a flag.</param>
/// <param name="Help">What it does, in a line.</param>
internal sealed record Option(string Names, string? Value, string Help)
{
    /// <summary>The name under which commands ask for it.</summary>
    internal string Name => Names.IndexOf(',', StringComparison.Ordinal) is > 0 and int end ? Names[..end] : Names;

    /// <summary>Whether a name given without dashes means this option.</summary>
    internal bool Has(ReadOnlySpan<char> name)
    {
        ReadOnlySpan<char> rest = Names;
        int comma;
        while ((comma = rest.IndexOf(',')) >= 0)
        {
            if (rest[..comma].SequenceEqual(name))
            {
                return true;
            }

            rest = rest[(comma + 1)..];
        }

        return rest.SequenceEqual(name);
    }
}
