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
            int command = global.Read(args);
            if (command < 0)
            {
                return 0;
            }

            ReadOnlySpan<string> rest = args.AsSpan(command + 1);
            return CommandTable.Run(args[command], global, rest);
        }
        catch (HullException error)
        {
            Report(global, error.Message);

            // A program's own status is at most 254 for callers of exec; 255 is "it did not run", as with runc and ssh.
            return Array.IndexOf(args, "exec") is >= 0 and int at && at == global.CommandIndex ? ExecFailure : Failure;
        }
    }

    private static void Report(GlobalOptions global, string message)
    {
        Output.Error("hull-oci: " + message + "\n");
        if (global.Log is null)
        {
            return;
        }

        try
        {
            using FileDescriptor log = HostFile.Open(global.Log, HostFile.WriteOnly | HostFile.Create | HostFile.Append, 0x1a4);
            Output.Write(log, LogLine.Format(global.LogsJson, "error", message));
        }
        catch (HullException)
        {
            // The failure itself is on standard error already.
        }
    }
}
