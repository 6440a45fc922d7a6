using Hull.Engine;
using Hull.Engine.Tasks;

namespace Hull.Cli;

/// <summary>Finds the command, runs it, and turns a failure into an exit code and a line on standard error.</summary>
internal static class CommandLine
{
    /// <summary>The exit code of a wrong command line, as Docker's.</summary>
    internal const int UsageFailed = 125;

    private const int Failed = 1;
    private const int Interrupted = 130;

    internal static async Task<int> RunAsync(
        GlobalOptions options, Func<HullEngine> engine, TextWriter output, TextWriter error)
    {
        Command? command = null;
        try
        {
            if (!CommandTable.TryFind(options.Words, out command, out int used) || command is null)
            {
                return CommandTable.Unknown(options.Words, output, error);
            }

            string[] words = [.. options.Words.Skip(used)];
            if (AsksForHelp(command, words))
            {
                HelpPage.Write(output, command);
                return 0;
            }

            List<string> arguments = CommandParser.Parse(command, words);
            using CommandContext context = new(command, arguments, options.Paths, engine, output, error, CancellationToken.None);
            return await command.Run(context);
        }
        catch (TaskStartException problem)
        {
            output.Flush();
            Printable.Complain(error, problem.Message);
            return command?.FailureCode == Failed ? Failed : problem.ExitCode;
        }
        catch (UsageException problem)
        {
            Printable.Complain(error, problem.Message);
            return UsageFailed;
        }
        catch (HullException problem)
        {
            output.Flush();
            Printable.Complain(error, problem.Message);
            return command?.FailureCode ?? Failed;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            Printable.Complain(error, Explain(problem));
            return command?.FailureCode ?? Failed;
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
        catch (Exception problem)
        {
            Printable.Complain(error, LastResort.Describe(problem));
            return LastResort.ExitCode;
        }
    }

    // Installed programs carry no framework texts (UseSystemResourceKeys): a key, then its arguments, mostly the path.
    private static string Explain(Exception problem)
    {
        int comma = problem.Message.IndexOf(", ", StringComparison.Ordinal);
        // Errors that have no class of their own: the C library's reason, then the path in quotes.
        int quoted = problem.Message.IndexOf(" : '", StringComparison.Ordinal);
        string subject = quoted > 0 ? problem.Message[(quoted + 4)..].TrimEnd('\'')
            : comma > 0 && !problem.Message.AsSpan(0, comma).Contains(' ') ? problem.Message[(comma + 2)..] : problem.Message;
        string reason = problem switch
        {
            UnauthorizedAccessException => "permission denied",
            FileNotFoundException or DirectoryNotFoundException => "no such file or directory",
            _ when problem.HResult is > 0 and < 200 => Linux.LinuxException.TextOf((Linux.Errno)problem.HResult),
            _ => "input or output failed",
        };
        return $"'{subject.TrimEnd('.')}': {reason}.";
    }

    private static bool AsksForHelp(Command command, string[] words)
    {
        foreach (string word in words)
        {
            if (word == "--help")
            {
                return true;
            }

            if (word == "--" || (command.StopsAtFirstArgument && !word.StartsWith('-')))
            {
                return false;
            }
        }

        return false;
    }
}
