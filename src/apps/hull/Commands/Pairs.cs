namespace Hull.Cli.Commands;

/// <summary>Reads <c>NAME=VALUE</c> options and files of them.</summary>
internal static class Pairs
{
    private const int MaxFileBytes = 1024 * 1024;

    internal static Dictionary<string, string> Read(IReadOnlyList<string> texts)
    {
        Dictionary<string, string> pairs = new(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? text : text[..equals];
            if (name.Length == 0)
            {
                throw new UsageException($"'{text}' is not of the form NAME=VALUE.");
            }

            pairs[name] = equals < 0 ? "" : text[(equals + 1)..];
        }

        return pairs;
    }

    /// <summary>Environment variables of files, then of options; a name alone passes this process's value on.</summary>
    /// <exception cref="UsageException">One is no variable.</exception>
    internal static List<string> Environment(IReadOnlyList<string> files, IReadOnlyList<string> options)
    {
        List<string> variables = [];
        foreach (string text in (IEnumerable<string>)[.. files.SelectMany(Lines), .. options])
        {
            if (text.StartsWith('=') || text.Length == 0)
            {
                throw new UsageException($"'{text}' is not an environment variable: use NAME=VALUE.");
            }

            // As Docker: a name that is not set here either takes the image's away.
            bool isWhole = text.Contains('=', StringComparison.Ordinal);
            string? value = isWhole ? null : System.Environment.GetEnvironmentVariable(text);
            variables.Add(value is null ? text : $"{text}={value}");
        }

        return variables;
    }

    /// <summary>The lines of a file that are neither empty nor comments.</summary>
    internal static IEnumerable<string> Lines(string path) => ReadFile(path).Split('\n')
        .Select(line => line.TrimEnd('\r').TrimStart())
        .Where(line => line.Length > 0 && line[0] != '#');

    internal static string ReadFile(string path)
    {
        try
        {
            FileInfo file = new(path);
            return file.Exists && file.Length > MaxFileBytes
                ? throw new HullException(ErrorKind.InvalidArgument, $"The file '{path}' is larger than 1 MiB.")
                : File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The file '{path}' cannot be read.", error);
        }
    }
}
