namespace Hull.Cli.Commands;

/// <summary>The text of a <c>--filter</c>, read with Docker's exit codes.</summary>
internal static class FilterText
{
    /// <summary>Parts the name from the value.</summary>
    /// <param name="text">As it was given.</param>
    /// <param name="known">The names there are.</param>
    /// <exception cref="UsageException">There is no <c>=</c>: the command line is wrong.</exception>
    /// <exception cref="HullException">There is no such filter.</exception>
    internal static (string Key, string Value) Split(string text, params ReadOnlySpan<string> known)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1)
        {
            throw new UsageException(Refusal(text, known));
        }

        string key = text[..equals];
        return known.Contains(key)
            ? (key, text[(equals + 1)..])
            : throw new HullException(ErrorKind.InvalidArgument, Refusal(text, known));
    }

    private static string Refusal(string text, ReadOnlySpan<string> known) =>
        $"'{text}' is not a filter: use NAME=VALUE with {string.Join(", ", known.ToArray())}.";
}
