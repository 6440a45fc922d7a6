using System.Diagnostics;
using System.Globalization;
using Hull.Engine.Containers;
using Hull.Runtime;

namespace Hull.Cli.Commands;

/// <summary><c>hull top</c>: the host's <c>ps</c>, showing only the processes of one container.</summary>
internal static class TopCommand
{
    private const string PsProgram = "ps";

    internal static Command Create() => new()
    {
        Name = "top",
        Summary = "list the processes of a container",
        Usage = "CONTAINER [PS OPTIONS]",
        Description = """
            Shows processes as the host sees them, with the host's user names. Options after CONTAINER go to the host's ps (-ef
            without any); one of its columns must be PID. Of a machine (--isolation vm) it shows the guest's own processes and
            user numbers, without options.
            """,
        Examples = "hull top web\nhull top web -o pid,user,rss,args",
        MinArguments = 1,
        StopsAtFirstArgument = true,
        Run = async context =>
        {
            ContainerView view = context.Engine.Containers.Get(context.Arguments[0]);
            using ITask task = await context.Engine.Containers.AttachTaskAsync(view, context.Cancellation);
            if (task is IProcessLister guest)
            {
                await PrintGuestAsync(context, guest);
                return 0;
            }

            HashSet<string> pids =
            [
                .. (await task.GetProcessIdsAsync(context.Cancellation)).Select(pid => pid.ToString(CultureInfo.InvariantCulture)),
            ];
            string[] options = context.Arguments.Count > 1 ? [.. context.Arguments.Skip(1)] : ["-ef"];
            Print(context, await ListAsync(options, context.Cancellation), pids);
            return 0;
        },
    };

    private static async Task PrintGuestAsync(CommandContext context, IProcessLister guest)
    {
        if (context.Arguments.Count > 1)
        {
            throw new HullException(
                ErrorKind.Unimplemented, "The processes of a machine are listed by its guest, which takes no options of ps: leave them out.");
        }

        DateTimeOffset now = TimeProvider.System.GetLocalNow();
        Table.Write(
            context.Output,
            ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"],
            [.. (await guest.GetProcessesAsync(context.Cancellation)).Select(process => Row(process, now))]);
    }

    // As ps -ef shows them; what a guest says may hold what would steer a terminal.
    private static string[] Row(TaskProcess process, DateTimeOffset now)
    {
        const int MsPerSecond = 1000;
        DateTimeOffset began = now - TimeSpan.FromMilliseconds(Math.Clamp(process.AgeMs, 0, int.MaxValue));
        var used = TimeSpan.FromSeconds(Math.Clamp(process.ProcessorMs / MsPerSecond, 0, int.MaxValue));
        long share = process.AgeMs > 0 ? (long)Math.Clamp(process.ProcessorMs * 100.0 / process.AgeMs, 0, 99) : 0;
        return
        [
            process.UserId.ToString(CultureInfo.InvariantCulture),
            process.ProcessId.ToString(CultureInfo.InvariantCulture),
            process.ParentId.ToString(CultureInfo.InvariantCulture),
            share.ToString(CultureInfo.InvariantCulture),
            began.ToString((began.Year, began.DayOfYear) == (now.Year, now.DayOfYear) ? "HH:mm" : "MMMdd", CultureInfo.InvariantCulture),
            process.Terminal is { } number ? string.Create(CultureInfo.InvariantCulture, $"pts/{number}") : "?",
            string.Create(CultureInfo.InvariantCulture, $"{(long)used.TotalHours:00}:{used.Minutes:00}:{used.Seconds:00}"),
            string.Concat(process.Command.Select(letter => char.IsControl(letter) ? '?' : letter)),
        ];
    }

    private static async Task<string[]> ListAsync(string[] options, CancellationToken cancellation)
    {
        ProcessStartInfo start = new(PsProgram, options) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["COLUMNS"] = "4096";
        Process process;
        try
        {
            process = Process.Start(start)!; // Null only when a running process is reused, which a command line never is.
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new HullException(ErrorKind.FailedPrecondition, "The program 'ps' cannot be run: install procps.", error);
        }

        using (process)
        {
            Task<string> complaint = process.StandardError.ReadToEndAsync(cancellation);
            string output = await process.StandardOutput.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode == 0
                ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                : throw new HullException(
                    ErrorKind.InvalidArgument, $"'ps {string.Join(' ', options)}' failed: {(await complaint).Split('\n')[0].TrimEnd('.')}.");
        }
    }

    private static void Print(CommandContext context, string[] lines, HashSet<string> pids)
    {
        string[] header = lines.Length == 0 ? [] : Words(lines[0]);
        int at = Array.IndexOf(header, "PID");
        if (at < 0)
        {
            throw new HullException(ErrorKind.InvalidArgument, "Without a column PID it cannot be told whose processes ps lists: add 'pid'.");
        }

        List<string[]> rows = [];
        foreach (string line in lines.Skip(1))
        {
            // The last column may hold blanks of its own.
            string[] words = Words(line);
            if (words.Length > at && pids.Contains(words[at]))
            {
                int last = header.Length - 1;
                rows.Add(words.Length <= header.Length
                    ? [.. words, .. Enumerable.Repeat("", header.Length - words.Length)]
                    : [.. words[..last], string.Join(' ', words[last..])]);
            }
        }

        Table.Write(context.Output, header, rows);
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
