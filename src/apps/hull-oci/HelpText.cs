using System.Text;
using Hull.Linux;
using Hull.Runtime.Container;

namespace Hull.OciCli;

/// <summary>What <c>--help</c> and <c>--version</c> say; the layout is runc's, which scripts read.</summary>
internal static class HelpText
{
    private const int Column = 28;

    /// <summary>The name this program was called by: a link named runc answers as runc.</summary>
    internal static string Program { get; } = NameOf(Environment.GetCommandLineArgs());

    /// <summary>The answer to <c>--version</c>.</summary>
    internal static string Version => $"{Program} version {BuildFacts.Version}\ncommit: {BuildFacts.Commit}\nspec: {RuntimeFeatures.NewestVersion}\nprogram: hull-oci\n";

    /// <summary>The answer to <c>--help</c>.</summary>
    internal static string General(OptionTable options)
    {
        StringBuilder text = new();
        text.Append($"""
            NAME:
               {Program} - Open Container Initiative runtime

               It runs containers from bundles: directories with a config.json and a root file system.
               This is hull-oci, with runc's command line.

            USAGE:
               {Program} [global options] COMMAND [command options] [arguments...]

            COMMANDS:

            """);
        foreach (Command command in CommandTable.All())
        {
            text.Append("   ").Append(command.Name.PadRight(Column - 3)).Append(command.Summary).Append('\n');
        }

        text.Append("\nGLOBAL OPTIONS:\n");
        Append(text, options);
        text.Append("   --help, -h".PadRight(Column)).Append("show this\n");
        text.Append("   --version, -v".PadRight(Column)).Append("show the version\n");
        return text.ToString();
    }

    /// <summary>The answer to <c>COMMAND --help</c>.</summary>
    internal static string Of(Command command)
    {
        StringBuilder text = new();
        text.Append($"NAME:\n   {Program} {command.Name} - {command.Summary}\n\n");
        text.Append($"USAGE:\n   {Program} {command.Name} [command options] {command.Operands}".TrimEnd()).Append("\n\nOPTIONS:\n");
        Append(text, command.Options);
        text.Append("   --help, -h".PadRight(Column)).Append("show this\n");
        return text.ToString();
    }

    private static void Append(StringBuilder text, OptionTable options)
    {
        foreach (Option option in options.Options)
        {
            StringBuilder names = new("  ");
            foreach (string name in option.Names.Split(','))
            {
                names.Append(names.Length > 2 ? ", " : " ").Append(name.Length == 1 ? "-" : "--").Append(name);
            }

            names.Append(option.Value is null ? "" : " " + option.Value);
            text.Append(names.ToString().PadRight(Column - 1)).Append(' ').Append(option.Help).Append('\n');
        }
    }

    private static string NameOf(string[] words)
    {
        string name = words.Length > 0 ? words[0] : "";
        if (name.EndsWith(".dll", StringComparison.Ordinal))
        {
            // Not compiled ahead of time, the program is a library that the runtime loads: the kernel knows the name it was called by.
            byte[] command = HostFile.ReadAll("/proc/self/cmdline");
            name = Encoding.UTF8.GetString(command.AsSpan(0, Math.Max(0, command.AsSpan().IndexOf((byte)0))));
        }

        return Path.GetFileName(name) is { Length: > 0 } given ? given : "hull-oci";
    }
}
