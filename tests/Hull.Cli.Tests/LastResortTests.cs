using Hull.Engine;

namespace Hull.Cli.Tests;

/// <summary>What nobody foresaw is one sentence too, and wrong command lines are refused in one with a hint.</summary>
public sealed class LastResortTests
{
    public static IEnumerable<TheoryDataRow<string>> Commands => CommandTable.All.Select(entry => new TheoryDataRow<string>(entry.Name));

    [Theory]
    [InlineData(typeof(InvalidOperationException), "Hull has a defect (InvalidOperationException: two lines): report it")]
    [InlineData(typeof(OutOfMemoryException), "There is not enough memory")]
    [InlineData(typeof(DllNotFoundException), "install Hull again")]
    public async Task Failure_ThatNobodyForesaw_IsOneSentence(Type kind, string words)
    {
        var thrown = (Exception)Activator.CreateInstance(kind, "two\nlines")!;

        (int code, string error) = await RunAsync(() => throw new TypeInitializationException("Some.Type", thrown), "ps");

        Assert.Equal(LastResort.ExitCode, code);
        Assert.StartsWith("hull: ", error, StringComparison.Ordinal);
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task UnknownOption_IsRefusedWithAHint(string command)
    {
        (int code, string error) = await RunAsync(() => throw new InvalidOperationException("No engine."), [.. command.Split(' '), "--no-such-option"]);

        Assert.Equal(125, code);
        Assert.Contains("'--no-such-option' is not known", error, StringComparison.Ordinal);
        Assert.Contains($"hull help {command}", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task MissingArguments_AreNamedByUsage(string command)
    {
        int least = CommandTable.All.First(entry => entry.Name == command).Make().MinArguments;
        Assert.SkipUnless(least > 0, "The command needs none.");

        (int code, string error) = await RunAsync(() => throw new InvalidOperationException("No engine."), command.Split(' '));

        Assert.Equal(125, code);
        Assert.Contains($"'hull {command}' needs at least {least} argument", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("rnu", "Did you mean 'run'")]
    [InlineData("--nosuch ps", "The option '--nosuch' is not known")]
    [InlineData("image nosuch", "is not a command")]
    [InlineData("build .", "'build' is a command of Docker's that Hull does not have: use")]
    [InlineData("update web", "needs an option")]
    [InlineData("version 1", "takes no arguments")]
    public async Task UnknownCommand_IsRefusedWithAHint(string line, string words)
    {
        (int code, string error) = await RunAsync(() => throw new InvalidOperationException("No engine."), line.Split(' '));

        Assert.Equal(125, code);
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    private static async Task<(int Code, string Error)> RunAsync(Func<HullEngine> engine, params string[] words)
    {
        StringWriter error = new();
        int code = await CommandLine.RunAsync(GlobalOptions.Parse(words), engine, TextWriter.Null, error);
        return (code, error.ToString());
    }
}
