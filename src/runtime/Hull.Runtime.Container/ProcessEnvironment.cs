using System.Globalization;
using Hull.Linux;

namespace Hull.Runtime.Container;

/// <summary>What a container's process finds in its environment: each name once, the last value, and a home directory.</summary>
public static class ProcessEnvironment
{
    private const string Home = "HOME=";
    private const int HomeField = 5;
    private const long MostBytes = 1 << 20;

    /// <summary>Completes an environment.</summary>
    /// <param name="given">What the specification gives; null for nothing.</param>
    /// <param name="home">The user's home directory, for when the specification gives none or an empty one.</param>
    public static IReadOnlyList<string> Complete(IReadOnlyList<string>? given, string home)
    {
        int count = given?.Count ?? 0;
        List<string> result = new(count + 1);
        bool hasHome = false;
        for (int i = 0; i < count; i++)
        {
            string entry = given![i]; // Within the count.
            if (IsOverridden(given, i) || entry == Home)
            {
                continue;
            }

            hasHome |= entry.StartsWith(Home, StringComparison.Ordinal);
            result.Add(entry);
        }

        if (!hasHome)
        {
            result.Add(Home + home);
        }

        return result;
    }

    /// <summary>Whether <see cref="Complete"/> would need the user's home directory.</summary>
    public static bool NeedsHome(IReadOnlyList<string>? given)
    {
        for (int i = (given?.Count ?? 0) - 1; i >= 0; i--)
        {
            if (given![i].StartsWith(Home, StringComparison.Ordinal)) // Within the count.
            {
                return given[i].Length == Home.Length;
            }
        }

        return true;
    }

    /// <summary>The home directory of a user in a root's <c>/etc/passwd</c>; <c>/</c> when the file does not say.</summary>
    /// <param name="root">The root, as this process sees it. Links are followed inside it only.</param>
    /// <param name="uid">The user.</param>
    public static string FindHome(string root, uint uid)
    {
        using FileDescriptor? file = HostFile.TryOpenInRoot(root, "etc/passwd");
        if (file is null || HostFile.TryStat(file, out HostFileStatus status) != Errno.None || status.Size is 0 or > MostBytes)
        {
            return "/";
        }

        string wanted = uid.ToString(CultureInfo.InvariantCulture);
        foreach (string line in System.Text.Encoding.UTF8.GetString(HostFile.ReadAll(file, "/etc/passwd")).Split('\n'))
        {
            string[] fields = line.Split(':');
            if (fields.Length > HomeField && fields[2] == wanted && fields[HomeField].StartsWith('/'))
            {
                return fields[HomeField];
            }
        }

        return "/";
    }

    private static bool IsOverridden(IReadOnlyList<string> given, int index)
    {
        ReadOnlySpan<char> entry = given[index];
        int equals = entry.IndexOf('=');
        if (equals <= 0)
        {
            return false;
        }

        ReadOnlySpan<char> name = entry[..(equals + 1)];
        for (int i = index + 1; i < given.Count; i++)
        {
            if (given[i].AsSpan().StartsWith(name))
            {
                return true;
            }
        }

        return false;
    }
}
