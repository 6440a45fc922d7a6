using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci ps</c>: shows the processes of a container, through the host's ps or as JSON.</summary>
internal static class PsCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new(
        "ps", "list the processes of a container", "CONTAINER [PS-OPTIONS...]", new OptionTable(
            new Option("format,f", "FORMAT", "table (default) or json")), Run)
    {
        StopsAtOperand = true,
    };

    /// <summary>Runs it.</summary>
    private static int Run(GlobalOptions global, Arguments options)
    {
        // What follows the container belongs to ps, dashes and all.
        if (options.Operands.Count == 0)
        {
            throw new HullException(ErrorKind.InvalidArgument, "The container's identifier is missing.");
        }

        using ContainerTask task = global.Runtime.Open(ContainerId.Parse(options.Operands[0]));
        List<int> processes = task.RequireCgroup().GetProcessIds(all: true);
        string format = options.Value("format") ?? "table";
        if (format == "json")
        {
            WriteJson(processes);
        }
        else if (format == "table")
        {
            WriteTable(processes, options.Operands.Count > 1 ? options.Operands.GetRange(1, options.Operands.Count - 1) : ["-ef"]);
        }
        else
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The format '{format}' is an invalid format option: use table or json.");
        }

        return 0;
    }

    private static void WriteJson(List<int> processes)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartArray();
            processes.ForEach(writer.WriteNumberValue);
            writer.WriteEndArray();
        }

        Output.Text(Encoding.UTF8.GetString(stream.ToArray()) + "\n");
    }

    private static void WriteTable(List<int> processes, List<string> psArguments)
    {
        string listing = AskPs(psArguments);
        int column = -1;
        StringBuilder shown = new();
        foreach (string line in listing.Split('\n'))
        {
            string[] fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (column < 0)
            {
                column = Array.IndexOf(fields, "PID");
                shown.AppendLine(line);
                if (column < 0)
                {
                    throw new HullException(ErrorKind.InvalidArgument, "The output of ps has no column 'PID': couldn't find PID field in ps output.");
                }
            }
            else if (column < fields.Length
                && int.TryParse(fields[column], NumberStyles.None, CultureInfo.InvariantCulture, out int process)
                && processes.Contains(process))
            {
                shown.AppendLine(line);
            }
        }

        Output.Text(shown.ToString());
    }

    private static string AskPs(List<string> arguments)
    {
        ProcessStartInfo start = new("ps", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)
                ?? throw new HullException(ErrorKind.Unavailable, "The program 'ps' did not start.");
            string listing = process.StandardOutput.ReadToEnd();
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0
                ? listing
                : throw new HullException(
                    ErrorKind.InvalidArgument, $"ps ended with exit status {process.ExitCode}: {errors.Trim().Replace('\n', ' ')}.");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new HullException(ErrorKind.FailedPrecondition, "The program 'ps' cannot be executed: install procps, or use --format json.", error);
        }
    }
}
