using System.Text;

namespace Hull.Snapshot.Files;

/// <summary>A path as somebody wrote it, taken apart the way Docker's <c>cp</c> does.</summary>
/// <remarks><c>dir/</c> must be a directory; <c>dir/.</c> is its content. <c>..</c> is taken away before links are looked at.</remarks>
public sealed record FilePath
{
    private FilePath(string text, string[] names, bool isDirectory, bool isContent)
    {
        Text = text;
        Names = names;
        IsDirectory = isDirectory;
        IsContent = isContent;
    }

    /// <summary>What was written, for messages.</summary>
    public string Text { get; }

    /// <summary>The names from the root on; none for the root itself.</summary>
    public string[] Names { get; }

    /// <summary>Whether it must name a directory.</summary>
    public bool IsDirectory { get; }

    /// <summary>Whether the directory's content is meant, not the directory.</summary>
    public bool IsContent { get; }

    /// <summary>The path from the root, without a leading slash.</summary>
    public byte[] Relative => Encoding.UTF8.GetBytes(string.Join('/', Names));

    /// <summary>The directory that holds what the path names, from the root on.</summary>
    public byte[] Parent => Encoding.UTF8.GetBytes(string.Join('/', Names[..^1]));

    /// <summary>The last name.</summary>
    public byte[] Name => Encoding.UTF8.GetBytes(Names[^1]);

    /// <summary>Reads a path of the host.</summary>
    public static FilePath OfHost(string text) => Read(text, Environment.CurrentDirectory);

    /// <summary>Reads a path of a container; one without a slash in front begins at the root all the same.</summary>
    public static FilePath OfContainer(string text) => Read(text, "/");

    private static FilePath Read(string text, string start)
    {
        if (text.Length == 0 || text.Contains('\0', StringComparison.Ordinal))
        {
            throw new HullException(ErrorKind.InvalidArgument, $"'{text}' is not a path.");
        }

        List<string> names = [];
        foreach (string name in (text.StartsWith('/') ? text : $"{start}/{text}").Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (name == ".." && names.Count > 0)
            {
                names.RemoveAt(names.Count - 1);
            }
            else if (name is not ("." or ".."))
            {
                names.Add(name);
            }
        }

        bool isContent = names.Count == 0 || text == "." || text.EndsWith("/.", StringComparison.Ordinal);
        return new FilePath(text, [.. names], isContent || text.EndsWith('/'), isContent);
    }
}
