using System.Buffers;
using System.Globalization;
using System.Net;

namespace Hull.Image;

/// <summary>The productions of the distribution project's reference grammar, as predicates over text.</summary>
internal static class ReferenceGrammar
{
    internal const string TagRule =
        "a tag has at most 128 letters, digits, '_', '.' and '-', and does not begin with '.' or '-'";

    internal static readonly SearchValues<char> LowerHexadecimal = SearchValues.Create("0123456789abcdef");

    private static readonly SearchValues<char> s_addressCharacters = SearchValues.Create("0123456789abcdefABCDEF:");

    private const int DigestHexLength = 64;
    private const int MaxPortDigits = 5;

    /// <summary>tag := [\w][\w.-]{0,127}.</summary>
    internal static bool IsTag(ReadOnlySpan<char> tag)
    {
        if (tag.IsEmpty || tag.Length > ImageReference.MaxTagLength || tag[0] is '.' or '-')
        {
            return false;
        }

        foreach (char c in tag)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>name := [domain '/'] path-component ['/' path-component]*, and which part of it is the domain.</summary>
    internal static bool TrySplitName(string name, out string? registry, out string repository, out string problem)
    {
        registry = null;
        repository = name;
        problem = $"its name must have 1 to {ImageReference.MaxNameLength} characters";
        if (name.Length is 0 or > ImageReference.MaxNameLength)
        {
            return false;
        }

        int slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && LooksLikeRegistry(name.AsSpan(0, slash)))
        {
            registry = name[..slash];
            repository = name[(slash + 1)..];
            problem = $"'{registry}' is not a host with an optional port";
            if (!IsRegistry(registry))
            {
                return false;
            }
        }

        problem = "64 hexadecimal digits alone are an image id, not a name";
        if (registry is null && name.Length == DigestHexLength && !name.AsSpan().ContainsAnyExcept(LowerHexadecimal))
        {
            return false;
        }

        problem = "a repository is made of lower-case letters and digits, parted by '/', '.', '_', '__' or dashes";
        foreach (Range part in repository.AsSpan().Split('/'))
        {
            if (!IsPathComponent(repository.AsSpan()[part]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>domain := host [':' port], host := name, IPv4 address or '[' IPv6 address ']'.</summary>
    internal static bool IsRegistry(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> host = text;
        int bracket = text.LastIndexOf(']');
        int colon = text.LastIndexOf(':');
        if (colon > bracket)
        {
            ReadOnlySpan<char> port = text[(colon + 1)..];
            if (port.Length is 0 or > MaxPortDigits || port.ContainsAnyExceptInRange('0', '9')
                || int.Parse(port, CultureInfo.InvariantCulture) is 0 or > ushort.MaxValue)
            {
                return false;
            }

            host = text[..colon];
        }

        if (host.Length > 2 && host[0] == '[' && host[^1] == ']')
        {
            return !host[1..^1].ContainsAnyExcept(s_addressCharacters)
                && IPAddress.TryParse(host[1..^1], out _);
        }

        return IsHostName(host);
    }

    private static bool LooksLikeRegistry(ReadOnlySpan<char> first) =>
        first.ContainsAny('.', ':') || first is "localhost" || first.ContainsAnyInRange('A', 'Z');

    private static bool IsHostName(ReadOnlySpan<char> host)
    {
        if (host.IsEmpty)
        {
            return false;
        }

        foreach (Range range in host.Split('.'))
        {
            ReadOnlySpan<char> label = host[range];
            if (label.IsEmpty || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }

            foreach (char c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                {
                    return false;
                }
            }
        }

        return true;
    }

    // path-component := [a-z0-9]+ (separator [a-z0-9]+)*, separator := [_.] | '__' | [-]*
    private static bool IsPathComponent(ReadOnlySpan<char> part)
    {
        int at = 0;
        while (true)
        {
            int letters = CountLetters(part[at..]);
            if (letters == 0)
            {
                return false;
            }

            at += letters;
            if (at == part.Length)
            {
                return true;
            }

            int separator = SeparatorLength(part[at..]);
            if (separator == 0)
            {
                return false;
            }

            at += separator;
        }
    }

    private static int CountLetters(ReadOnlySpan<char> text)
    {
        int count = 0;
        while (count < text.Length && (char.IsAsciiLetterLower(text[count]) || char.IsAsciiDigit(text[count])))
        {
            count++;
        }

        return count;
    }

    private static int SeparatorLength(ReadOnlySpan<char> text)
    {
        if (text[0] == '-')
        {
            int dashes = text.IndexOfAnyExcept('-');
            return dashes < 0 ? text.Length : dashes;
        }

        return text.StartsWith("__") ? 2 : text[0] is '_' or '.' ? 1 : 0;
    }
}
