namespace Hull.Dev;

/// <summary>The index of <c>./dev</c>: one line a command.</summary>
internal static class Commands
{
    private static readonly (string Name, string Help, Func<string[], Task> Run)[] s_all =
    [
        ("demo", "install what is needed, build Hull, make a Debian image, run it as a container", DemoCommand.RunAsync),
        ("test", "install what the tests need, build, publish, run every test", TestCommand.RunAsync),
        ("build", "build the whole solution with all checks on", BuildCommand.RunAsync),
        ("lint", "check formatting and the rules of the house", LintCommand.RunAsync),
        ("install", "publish the native programs and put them under a prefix: install [--prefix DIR]", InstallCommand.RunAsync),
        ("bench", "measure Hull against its peers: bench [--help] [CASE...]", BenchCommand.RunAsync),
        ("conformance", "run runc's and runtime-tools' suites against hull-oci: conformance [bats|tools|FILE]...", ConformanceCommand.RunAsync),
        ("crash", "kill processes of Hull at random, look for what is lost or left: crash [--kills N]", CrashCommand.RunAsync),
        ("fuzz", "run a fuzz program: fuzz TARGET [--seconds N]", FuzzCommand.RunAsync),
    ];

    internal static async Task<int> RunAsync(string[] args)
    {
        string name = args.Length > 0 ? args[0] : "help";
        (string Name, string Help, Func<string[], Task> Run) command = s_all.FirstOrDefault(each => each.Name == name);
        if (command.Run is null)
        {
            return Explain(name);
        }

        try
        {
            await command.Run(args[1..]);
            return 0;
        }
        catch (DevException error)
        {
            await Console.Error.WriteLineAsync($"dev: {error.Message}");
            return 1;
        }
    }

    private static int Explain(string name)
    {
        bool asked = name is "help" or "-h" or "--help";
        TextWriter output = asked ? Console.Out : Console.Error;
        if (!asked)
        {
            output.WriteLine($"dev: There is no command '{name}'.");
        }

        output.WriteLine("Usage: ./dev COMMAND");
        output.WriteLine();
        foreach ((string each, string help, _) in s_all)
        {
            output.WriteLine($"  {each,-12} {help}");
        }

        return asked ? 0 : 2;
    }
}
