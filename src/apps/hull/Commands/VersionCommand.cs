using System.Runtime.InteropServices;
using Hull.Cli.Templates;

namespace Hull.Cli.Commands;

/// <summary><c>hull version</c>.</summary>
internal static class VersionCommand
{
    internal static string Version => typeof(VersionCommand).Assembly.GetName().Version?.ToString(3) ?? "0";

    internal static Command Create()
    {
        TextFlag format = new("format", 'f', "TEMPLATE", "Print with a template, or json.");
        return new Command
        {
            Name = "version",
            Summary = "show the version",
            Description = """
                One program is client and engine, so there is one version.
                """,
            Examples = """
                hull version
                hull version -f '{{.Client.Version}}'
                """,
            Flags = [format],
            MaxArguments = 0,
            Run = context =>
            {
                string json = Json();
                if (format.Value is null)
                {
                    context.Output.WriteLine($"hull {Version} ({RuntimeInformation.RuntimeIdentifier}, {RuntimeInformation.FrameworkDescription})");
                }
                else
                {
                    context.Output.WriteLine(GoTemplate.Print(format.Value, json));
                }

                return Task.FromResult(0);
            },
        };
    }

    private static string Json()
    {
        string side = $$"""{"Version":"{{Version}}","Os":"linux","Arch":"{{Arch}}"}""";
        return $$"""{"Client":{{side}},"Server":{{side}} }""";
    }

    private static string Arch => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64";
}
