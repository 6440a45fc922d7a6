namespace Hull.Cli.Tests;

/// <summary>Every page tells how a command is called, what it does, what its options mean, and shows it.</summary>
public sealed class HelpTests
{
    private const int MaxWidth = 100;

    public static IEnumerable<TheoryDataRow<string>> Commands => CommandTable.All.Select(entry => new TheoryDataRow<string>(entry.Name));

    [Theory]
    [MemberData(nameof(Commands))]
    public void Page_IsWhole(string name)
    {
        Command command = CommandTable.All.First(entry => entry.Name == name).Make();
        StringWriter page = new();
        HelpPage.Write(page, command);
        string[] lines = page.ToString().Split('\n');

        Assert.NotEmpty(command.Summary);
        Assert.False(command.Summary.EndsWith('.'), command.Summary);
        Assert.NotEmpty(command.Description);
        Assert.True(command.Examples.Length > 0, "The page has no example.");
        Assert.All(lines, line => Assert.True(line.Length <= MaxWidth, line));
        Assert.All(command.Flags.Where(flag => !flag.IsHidden), flag => Assert.EndsWith(".", flag.Help, StringComparison.Ordinal));
        Assert.Contains("USAGE", lines);
        Assert.Contains("EXAMPLES", lines);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Examples_AreCommandLinesThatHullReads(string name)
    {
        foreach (string line in CommandTable.All.First(entry => entry.Name == name).Make().Examples.Split('\n'))
        {
            int at = line.IndexOf("hull ", StringComparison.Ordinal);
            if (at != 0 || line.Contains("$(", StringComparison.Ordinal))
            {
                continue;
            }

            List<string> words = Words(line.Split(" | ")[0].Split(" > ")[0].Split(" < ")[0])[1..];

            Assert.True(CommandTable.TryFind(words, out Command? called, out int used), line);
            if (!File.Exists(words.LastOrDefault(word => word.EndsWith(".json", StringComparison.Ordinal)) ?? "/"))
            {
                CommandParser.Parse(called!, [.. words.Skip(used)]);
            }
        }
    }

    [Theory]
    [InlineData("vm", "vm snapshot")]
    [InlineData("vm --help", "vm snapshot")]
    [InlineData("image -h", "image bootstrap")]
    [InlineData("container", "commit")]
    [InlineData("system", "system df")]
    public void Group_AloneOrAskedForHelp_ShowsItsCommands(string words, string one)
    {
        StringWriter output = new();
        StringWriter error = new();

        Assert.Equal(0, CommandTable.Unknown(words.Split(' '), output, error));
        Assert.Contains($"  {one} ", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("USAGE", output.ToString(), StringComparison.Ordinal);
        Assert.Empty(error.ToString());
    }

    [Theory]
    [InlineData("vm stat", "'vm stat' is not a command: use vm run")]
    [InlineData("container strat", "'strat' is not a command; see 'hull help'. Did you mean 'start'?")]
    [InlineData("vms", "'vms' is not a command")]
    public void Word_ThatIsNoCommand_IsNamed(string words, string sentence)
    {
        StringWriter output = new();
        StringWriter error = new();

        Assert.Equal(125, CommandTable.Unknown(words.Split(' '), output, error));
        Assert.Contains(sentence, error.ToString(), StringComparison.Ordinal);
        Assert.Empty(output.ToString());
    }

    private static List<string> Words(string line)
    {
        List<string> words = [];
        char quote = '\0';
        string word = "";
        foreach (char letter in line + " ")
        {
            if (quote == '\0' && letter is '\'' or '"')
            {
                quote = letter;
            }
            else if (letter == quote)
            {
                quote = '\0';
            }
            else if (letter == ' ' && quote == '\0')
            {
                words.AddRange(word.Length > 0 ? [word] : (string[])[]);
                word = "";
            }
            else
            {
                word += letter;
            }
        }

        return words;
    }
}
