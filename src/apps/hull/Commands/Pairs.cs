using System.Text;

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

    /// <summary>The lines of a file of variables that are neither empty nor comments, held to Docker's rules.</summary>
    /// <exception cref="HullException">It cannot be read, is not UTF-8, or a name has a blank in it.</exception>
    internal static IEnumerable<string> Lines(string path)
    {
        int number = 0;
        foreach (string raw in ReadFile(path).Split('\n'))
        {
            number++;
            string line = raw.TrimEnd('\r').TrimStart();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            string name = line.Split('=')[0];
            if (name.Length == 0 || name.Any(char.IsWhiteSpace) || line.Contains('\0', StringComparison.Ordinal))
            {
                throw new HullException(
                    ErrorKind.InvalidArgument, $"Line {number} of the file '{path}' is not of the form NAME=VALUE, with a name that has no blank.");
            }

            yield return line;
        }
    }

    internal static string ReadFile(string path)
    {
        try
        {
            FileInfo file = new(PathArgument.Require(path));
            return file.Exists && file.Length > MaxFileBytes
                ? throw new HullException(ErrorKind.InvalidArgument, $"The file '{path}' is larger than 1 MiB.")
                : File.ReadAllText(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
        }
        catch (DecoderFallbackException error)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The file '{path}' is not UTF-8 text.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The file '{path}' cannot be read.", error);
        }
    }
}
