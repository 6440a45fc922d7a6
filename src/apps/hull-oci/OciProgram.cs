using Hull.Linux;

namespace Hull.OciCli;

/// <summary>Reads the command line, runs the command, puts failures where the caller looks for them.</summary>
internal static class OciProgram
{
    private const int Failure = 1;
    private const int ExecFailure = 255;

    /// <summary>Runs one command and returns the exit status.</summary>
    internal static int Run(string[] args)
    {
        GlobalOptions global = new();
        try
        {
            ChildSignal.StopIgnoring();
            int index = global.Read(args);
            if (index < 0)
            {
                return 0;
            }

            Command command = CommandTable.Find(args[index]);
            var arguments = Arguments.Parse(args.AsSpan(index + 1), command.Options, command.StopsAtOperand);
            if (arguments.WantsHelp)
            {
                Output.Text(HelpText.Of(command));
                return 0;
            }

            return command.Run(global, arguments);
        }
        catch (HullException error)
        {
            return Fail(global, args, FailureText.Of(error, global.CommandIndex < 0 ? "" : args[global.CommandIndex]), Failure);
        }
        catch (Exception error)
        {
            return Fail(global, args, $"{HelpText.Program}: {LastResort.Describe(error)}", LastResort.ExitCode);
        }
    }

    // A program's own status is at most 254 for callers of exec; 255 is "it did not run", as with runc and ssh.
    private static int Fail(GlobalOptions global, string[] args, string text, int status)
    {
        Output.Error(PlainText.Of(text) + "\n");
        global.Log.Fail(text);
        return Array.IndexOf(args, "exec") is >= 0 and int at && at == global.CommandIndex ? ExecFailure : status;
    }
}
