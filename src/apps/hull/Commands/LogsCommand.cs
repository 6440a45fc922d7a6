using System.Globalization;
using Hull.Engine.Containers;
using Hull.Engine.Logs;
using Hull.Engine.Settings;
using Hull.Supervision;

namespace Hull.Cli.Commands;

/// <summary><c>hull logs</c>.</summary>
internal static class LogsCommand
{
    internal static Command Create()
    {
        SwitchFlag follow = new("follow", 'f', "Go on until the container ends.");
        TextFlag tail = new("tail", 'n', "N", "Only the last N lines, or all.");
        TextFlag since = new("since", '\0', "TIME", "Not before a moment (RFC 3339, Unix seconds) or a time ago (10m).");
        TextFlag until = new("until", '\0', "TIME", "Not after a moment or a time ago.");
        SwitchFlag timestamps = new("timestamps", 't', "Show when each line was printed.");
        return new Command
        {
            Name = "logs",
            Summary = "show what a container printed",
            Usage = "CONTAINER",
            Description = """
                Shows standard output on standard output and standard error on standard error, oldest first, also of
                a container that ended or that was rotated away as far as --log-opt max-file keeps it. A time is a
                moment (2026-01-02T15:04:05Z, Unix seconds) or how long ago it was (90s, 10m, 2h).
                """,
            Examples = """
                hull logs web
                hull logs -f --tail 20 web
                hull logs -t --since 10m --until 5m web
                """,
            Flags = [follow, tail, since, until, timestamps, RefusedFlags.Details],
            MinArguments = 1,
            MaxArguments = 1,
            Run = context =>
            {
                ContainerView view = context.Engine.Containers.Get(context.Arguments[0]);
                DateTimeOffset now = TimeProvider.System.GetUtcNow();
                LogQuery query = new()
                {
                    Follow = follow.Value,
                    Tail = tail.Value is null or "all" ? null
                        : int.TryParse(tail.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int count) ? (count < 0 ? null : count)
                        : throw new UsageException($"'{tail.Value}' is not a number of lines."),
                    Since = since.Map<DateTimeOffset?>(text => ReadMoment(text, now)),
                    Until = until.Map<DateTimeOffset?>(text => ReadMoment(text, now)),
                };
                foreach (LogEntry entry in context.Engine.Containers.ReadLog(view, query))
                {
                    Show(context, entry, timestamps.Value);
                    if (query.Follow)
                    {
                        context.Output.Flush();
                    }
                }

                return Task.FromResult(0);
            },
        };
    }

    /// <summary>Reads a moment: RFC 3339, Unix seconds with an optional fraction, or a time before now.</summary>
    internal static DateTimeOffset ReadMoment(string text, DateTimeOffset now)
    {
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal seconds) && seconds < 100_000_000_000)
        {
            return DateTimeOffset.UnixEpoch + TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond));
        }

        if (text.Length > 0 && char.IsAsciiLetter(text[^1]) && text[^1] is not ('Z' or 'z'))
        {
            // Longer ago than the calendar reaches is from its beginning on.
            long agoMs = OptionText.ParseDurationMs(text);
            return agoMs < (now - DateTimeOffset.UnixEpoch).TotalMilliseconds ? now - TimeSpan.FromMilliseconds(agoMs) : DateTimeOffset.UnixEpoch;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset moment)
            ? moment
            : throw new UsageException($"'{text}' is not a time: use 2026-01-02T15:04:05Z, Unix seconds, or 10m.");
    }

    private static void Show(CommandContext context, LogEntry entry, bool timestamps)
    {
        TextWriter target = entry.IsError ? context.Error : context.Output;
        if (entry.IsError)
        {
            // Both may lead to one file, in which lines shall stand in their order.
            context.Output.Flush();
        }

        if (timestamps)
        {
            target.Write(JsonLogEncoder.FormatTime(entry.Time));
            target.Write(' ');
        }

        target.Write(entry.Text);
    }
}
