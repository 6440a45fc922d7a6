using System.Globalization;
using System.Text;
using System.Text.Json;
using Hull.Linux;
using Hull.Runtime.Container;
using Hull.Runtime.Container.Cgroups;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci events</c>: writes statistics at an interval, and a line whenever the container runs out of memory.</summary>
internal static class EventsCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new(
        "events", "show what a container uses, and when it runs out of memory", "CONTAINER", new OptionTable(
            new("interval", "TIME", "how often, such as 5s (default) or 500ms"),
            new("stats", null, "show it once")), Run);

    private const int DefaultIntervalMs = 5000;

    /// <summary>Runs it.</summary>
    private static int Run(GlobalOptions global, Arguments options)
    {
        using ContainerTask task = global.Runtime.Open(options.TheContainer());
        int intervalMs = options.Value("interval") is { } text ? ParseDuration(text) : DefaultIntervalMs;
        if (task.Status == Runtime.TaskStatus.Stopped)
        {
            throw new HullException(ErrorKind.FailedPrecondition, $"The container with id {task.Id} is not running.");
        }

        if (options.Has("stats"))
        {
            WriteStatistics(task);
            return 0;
        }

        Follow(task, intervalMs);
        return 0;
    }

    private static void Follow(ContainerTask task, int intervalMs)
    {
        if (task.Cgroup is null)
        {
            FollowWithoutCgroup(task, intervalMs);
            return;
        }

        using OutOfMemoryWatch watch = task.RequireCgroup().WatchOutOfMemory();
        long next = Environment.TickCount64 + intervalMs;
        while (true)
        {
            Span<PollEntry> entries = [new PollEntry(watch.Descriptor, PollEvents.In)];
            int left = (int)Math.Max(0, next - Environment.TickCount64);
            if (DescriptorIo.Poll(entries, left) > 0)
            {
                switch (watch.Take())
                {
                    case OutOfMemoryEvent.OutOfMemory:
                        WriteEvent("oom", task.Id, null);
                        break;
                    case OutOfMemoryEvent.Gone:
                        return;
                    default:
                        break;
                }
            }
            else if (Environment.TickCount64 >= next)
            {
                if (!task.RequireCgroup().Exists)
                {
                    return;
                }

                WriteStatistics(task);
                next += intervalMs;
            }
        }
    }

    // The container of a user who may make no cgroups is counted by nobody. Engines ask all the same.
    private static void FollowWithoutCgroup(ContainerTask task, int intervalMs)
    {
        while (task.PidFd is { } process && !KernelProcess.WaitReadable(process, intervalMs))
        {
            WriteStatistics(task);
        }
    }

    private static void WriteStatistics(ContainerTask task) => WriteEvent("stats", task.Id, task.Cgroup?.GetDetails(), hasData: true);

    private static void WriteEvent(string type, ContainerId id, CgroupStatistics? data, bool hasData = false)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("type", type);
            writer.WriteString("id", id.ToString());
            if (data is not null)
            {
                writer.WritePropertyName("data");
                StatisticsJson.Write(writer, data);
            }
            else if (hasData)
            {
                writer.WriteStartObject("data");
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        Output.Text(Encoding.UTF8.GetString(stream.ToArray()) + "\n");
    }

    // Go's notation: 5s, 100ms, 1m30s.
    private static int ParseDuration(string text)
    {
        double total = 0;
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int digits = rest.IndexOfAnyExceptInRange('.', '9');
            int unit = digits <= 0 ? -1 : rest[digits..].IndexOfAnyInRange('.', '9');
            ReadOnlySpan<char> name = digits <= 0 ? [] : unit < 0 ? rest[digits..] : rest.Slice(digits, unit);
            double scale = name switch { "ms" => 1, "s" => 1000, "m" => 60_000, "h" => 3_600_000, "us" => 0.001, "ns" => 0.000_001, _ => 0 };
            if (scale == 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
            {
                throw new HullException(ErrorKind.InvalidArgument, $"The interval '{text}' is not a duration such as '5s'.");
            }

            total += value * scale;
            rest = rest[(digits + name.Length)..];
        }

        return total is > 0 and < int.MaxValue
            ? Math.Max(1, (int)total)
            : throw new HullException(ErrorKind.InvalidArgument, $"The interval '{text}' is invalid: duration interval must be greater than 0.");
    }
}
