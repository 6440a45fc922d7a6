using Hull.Linux;

namespace Hull.Machine.Host.Sharing;

/// <summary>A directory of the host that a machine sees, as <c>--share</c> says it.</summary>
public sealed record ShareOptions
{
    /// <summary>What the guest mounts all shares by.</summary>
    public const string Tag = "hull";

    private const int MaxNameBytes = 64;

    /// <summary>Its name in the mounted file system.</summary>
    public required string Name { get; init; }

    /// <summary>The directory or file of the host.</summary>
    public required string Path { get; init; }

    /// <summary>Whether the guest may change nothing in it.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Reads <c>NAME=PATH[,readonly]</c>; <c>,,</c> is a comma.</summary>
    /// <exception cref="HullException">A part is missing, unknown or cannot be.</exception>
    public static ShareOptions Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] words = [.. text.Replace(",,", "\0", StringComparison.Ordinal).Split(',').Select(word => word.Replace('\0', ','))];
        string[] pair = words[0].Split('=', 2);
        bool isName = pair[0].Length is > 0 and <= MaxNameBytes && pair[0] is not ("." or "..")
            && pair[0].All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');
        if (!isName || pair is not [_, { Length: > 0 } path])
        {
            throw Invalid(text, "is not NAME=PATH with a name of letters, digits, '-', '_' and '.'");
        }

        return words.Skip(1).FirstOrDefault(word => word != "readonly") is { } unknown
            ? throw Invalid(text, $"has the unknown option '{unknown}'; there is only 'readonly'")
            : new ShareOptions { Name = pair[0], Path = path, ReadOnly = words.Length > 1 };
    }

    /// <summary>The text with an absolute path.</summary>
    public string ToAbsolute() =>
        $"{Name}={System.IO.Path.GetFullPath(Path).Replace(",", ",,", StringComparison.Ordinal)}{(ReadOnly ? ",readonly" : "")}";

    /// <summary>Refuses shares that cannot be together.</summary>
    /// <exception cref="HullException">Two have one name.</exception>
    public static void Check(IReadOnlyList<ShareOptions> shares)
    {
        ArgumentNullException.ThrowIfNull(shares);
        if (shares.Select(share => share.Name).Distinct().Count() != shares.Count)
        {
            throw new HullException(ErrorKind.InvalidArgument, "Two shares have the same name; give each its own (--share).");
        }
    }

    /// <summary>Opens what some options name, for one file server.</summary>
    /// <param name="shares">The options.</param>
    /// <param name="guestMemoryBytes">What the guest has.</param>
    /// <returns>The server; null when there is nothing to share.</returns>
    /// <exception cref="HullException">Something is not there, or two have one name.</exception>
    public static FileServer? Open(IReadOnlyList<ShareOptions> shares, long guestMemoryBytes)
    {
        Check(shares);
        List<SharedTree> trees = [];
        try
        {
            foreach (ShareOptions share in shares)
            {
                trees.Add(new SharedTree(share.Name, HostFile.Open(share.Path, HostFile.PathOnly)) { ReadOnly = share.ReadOnly });
            }

            return trees.Count == 0 ? null : new FileServer(trees, guestMemoryBytes);
        }
        catch
        {
            trees.ForEach(tree => tree.Root.Dispose());
            throw;
        }
    }

    private static HullException Invalid(string text, string what) =>
        new(ErrorKind.InvalidArgument, $"The share '{text}' {what} (--share).");
}
