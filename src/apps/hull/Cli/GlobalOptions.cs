using Hull.Engine;

namespace Hull.Cli;

/// <summary>What stands before the command, and the words from the command on.</summary>
internal sealed record GlobalOptions(EnginePaths Paths, IReadOnlyList<string> Words)
{
    private const string RootVariable = "HULL_ROOT";
    private const string StateVariable = "HULL_STATE";

    internal static GlobalOptions Parse(ReadOnlySpan<string> arguments)
    {
        string root = Environment.GetEnvironmentVariable(RootVariable) ?? EnginePaths.DefaultRoot;
        string state = Environment.GetEnvironmentVariable(StateVariable) ?? EnginePaths.DefaultState;
        int at = 0;
        while (at < arguments.Length && arguments[at].StartsWith('-'))
        {
            string word = arguments[at];
            if (word is "--debug" or "-D")
            {
                LastResort.IsDebug = true;
                at++;
                continue;
            }

            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? word : word[..equals];
            if (name is not ("--root" or "--state-dir"))
            {
                break;
            }

            if (equals < 0 && at + 1 == arguments.Length)
            {
                throw new UsageException($"The option '{name}' needs a value.");
            }

            string value = equals < 0 ? arguments[++at] : word[(equals + 1)..];
            (root, state) = name == "--root" ? (value, state) : (root, value);
            at++;
        }

        return new GlobalOptions(new EnginePaths(root, state), [.. arguments[at..]]);
    }
}
