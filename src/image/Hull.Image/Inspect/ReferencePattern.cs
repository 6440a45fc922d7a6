namespace Hull.Image;

/// <summary>A pattern over image names: <c>*</c> and <c>?</c> stay within one path component, <c>[a-z]</c> is a set.</summary>
/// <remarks>Source: Docker's <c>--filter reference=</c>, which matches as Go's path.Match does.</remarks>
public sealed class ReferencePattern
{
    private const int MaxLength = 512;

    private readonly string _pattern;

    /// <summary>Reads a pattern a user typed.</summary>
    /// <exception cref="HullException">It is too long, or a set in it has no end.</exception>
    public ReferencePattern(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        _pattern = pattern.Length <= MaxLength && IsClosed(pattern)
            ? pattern
            : throw new HullException(ErrorKind.InvalidArgument, $"'{pattern}' is not a pattern over image names.");
    }

    /// <summary>Whether a name fits, with its tag or without.</summary>
    public bool Matches(ImageReference reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return Matches(_pattern, reference.Name)
            || (reference.Tagged is { } tagged && Matches(_pattern, tagged));
    }

    private static bool IsClosed(string pattern)
    {
        bool open = false;
        foreach (char c in pattern)
        {
            open = open ? c != ']' : c == '[';
        }

        return !open;
    }

    // One star is remembered and moved on: at most length times length steps, whatever the pattern.
    private static bool Matches(string pattern, string text)
    {
        int p = 0;
        int t = 0;
        int star = -1;
        int mark = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                mark = t;
            }
            else if (p < pattern.Length && MatchesOne(pattern, p, text[t], out int after))
            {
                p = after;
                t++;
            }
            else if (star >= 0 && text[mark] != '/')
            {
                p = star + 1;
                t = ++mark;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*')
        {
            p++;
        }

        return p == pattern.Length;
    }

    private static bool MatchesOne(string pattern, int at, char c, out int after)
    {
        after = at + 1;
        if (pattern[at] == '?')
        {
            return c != '/';
        }

        if (pattern[at] != '[')
        {
            return pattern[at] == c;
        }

        int end = pattern.IndexOf(']', at);
        after = end + 1;
        ReadOnlySpan<char> set = pattern.AsSpan(at + 1, end - at - 1);
        bool negated = set.StartsWith("^");
        set = negated ? set[1..] : set;
        bool inside = false;
        for (int i = 0; i < set.Length; i++)
        {
            bool range = i + 2 < set.Length && set[i + 1] == '-';
            inside |= range ? c >= set[i] && c <= set[i + 2] : c == set[i];
            i += range ? 2 : 0;
        }

        return inside != negated && c != '/';
    }
}
