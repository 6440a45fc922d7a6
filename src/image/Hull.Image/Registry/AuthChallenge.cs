namespace Hull.Image;

/// <summary>One way to log in that a registry offers. Source: RFC 9110 §11.6.1, WWW-Authenticate.</summary>
/// <param name="Scheme">The scheme in lower case: <c>basic</c>, <c>bearer</c>.</param>
/// <param name="Parameters">Its parameters, names in lower case.</param>
internal sealed record AuthChallenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    private const int MaxHeaderLength = 16 * 1024;
    private const int MaxParameters = 32;

    /// <summary>The parameter with this name; null when there is none.</summary>
    internal string? this[string name] => Parameters.GetValueOrDefault(name);

    /// <summary>Reads every challenge of a header; what cannot be read ends the list, and is no error.</summary>
    internal static IReadOnlyList<AuthChallenge> Parse(string header)
    {
        List<AuthChallenge> challenges = [];
        if (header.Length > MaxHeaderLength)
        {
            return challenges;
        }

        int at = 0;
        string? pending = null;
        while (SkipTo(header, ref at) && (pending ?? Token(header, ref at)) is { Length: > 0 } scheme)
        {
            pending = null;
            Dictionary<string, string> parameters = new(StringComparer.Ordinal);
            while (SkipTo(header, ref at) && pending is null && Token(header, ref at) is { Length: > 0 } name)
            {
                SkipSpace(header, ref at);
                if (at < header.Length && header[at] == '=')
                {
                    at++;
                    if (!TryValue(header, ref at, out string value) || parameters.Count >= MaxParameters)
                    {
                        return challenges;
                    }

                    parameters.TryAdd(name.ToLowerInvariant(), value);
                }
                else
                {
                    pending = name; // a token without a value begins the next challenge
                }
            }

            challenges.Add(new AuthChallenge(scheme.ToLowerInvariant(), parameters));
        }

        if (pending is not null)
        {
            challenges.Add(new AuthChallenge(pending.ToLowerInvariant(), new Dictionary<string, string>()));
        }

        return challenges;
    }

    // Between challenges and parameters stand commas and blanks, in any number.
    private static bool SkipTo(string text, ref int at)
    {
        while (at < text.Length && text[at] is ' ' or '\t' or ',')
        {
            at++;
        }

        return at < text.Length;
    }

    private static void SkipSpace(string text, ref int at)
    {
        while (at < text.Length && text[at] is ' ' or '\t')
        {
            at++;
        }
    }

    private static string Token(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || "!#$%&'*+-.^_`|~/".Contains(text[at], StringComparison.Ordinal)))
        {
            at++;
        }

        return text[start..at];
    }

    private static bool TryValue(string text, ref int at, out string value)
    {
        SkipSpace(text, ref at);
        if (at >= text.Length || text[at] != '"')
        {
            value = Token(text, ref at);
            return true;
        }

        System.Text.StringBuilder unquoted = new();
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                at++;
                value = unquoted.ToString();
                return true;
            }

            if (text[at] == '\\' && at + 1 < text.Length)
            {
                at++;
            }

            unquoted.Append(text[at]);
        }

        value = "";
        return false;
    }
}
