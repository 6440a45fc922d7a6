using System.Globalization;
using System.Text.Json;
using Hull.Cli.Templates;

namespace Hull.Cli.Commands;

/// <summary><c>hull events</c>.</summary>
internal static class EventsCommand
{
    private const int PollMs = 200;

    private static readonly string[] s_filters = ["type", "event", "container", "image", "volume"];

    internal static Command Create()
    {
        TextFlag since = new("since", '\0', "TIME", "From a moment on (RFC 3339, Unix seconds) or a time ago (10m); without it only new ones.");
        TextFlag until = new("until", '\0', "TIME", "Up to a moment, and end; without it wait for more.");
        ListFlag filter = new("filter", 'f', "NAME=VALUE", "Only those that fit: type, event, container, image, volume.");
        TextFlag format = new("format", '\0', "TEMPLATE", "json, or a Go template.");
        return new Command
        {
            Name = "events",
            Summary = "show what happens",
            Description = """
                Without --since, shows what happens from now on until it is interrupted. The last 8 MiB of events
                are kept, and 8 MiB before them. Values of one filter are alternatives; different filters must all
                fit.
                """,
            Examples = """
                hull events
                hull events --since 1h --until 0s --filter event=die
                hull events --filter container=web --format '{{.Action}}'
                """,
            Flags = [since, until, filter, format],
            MaxArguments = 0,
            Run = async context =>
            {
                foreach (string wanted in filter.Values)
                {
                    _ = KeyOf(wanted);
                }

                DateTimeOffset now = TimeProvider.System.GetUtcNow();
                DateTimeOffset from = since.Map(text => LogsCommand.ReadMoment(text, now), now);
                DateTimeOffset? to = until.Map<DateTimeOffset?>(text => LogsCommand.ReadMoment(text, now));
                string path = context.Engine.Options.Paths.Events;
                long position = 0;
                if (since.IsSet)
                {
                    _ = Show(context, path + ".1", 0, from, to, filter.Values, format.Value);
                }

                while (true)
                {
                    position = Show(context, path, position, from, to, filter.Values, format.Value);
                    context.Output.Flush();
                    if (to is { } end && TimeProvider.System.GetUtcNow() >= end)
                    {
                        return 0;
                    }

                    await Task.Delay(PollMs, context.Cancellation);
                }
            },
        };
    }

    private static long Show(
        CommandContext context, string path, long position, DateTimeOffset from, DateTimeOffset? to, IReadOnlyList<string> filters, string? format)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Position = file.Length < position ? 0 : position;
        using StreamReader reader = new(file);
        while (reader.ReadLine() is { } line)
        {
            try
            {
                using var document = JsonDocument.Parse(line);
                DateTimeOffset time = DateTimeOffset.UnixEpoch.AddTicks(document.RootElement.GetProperty("timeNano").GetInt64() / TimeSpan.NanosecondsPerTick);
                if (time >= from && (to is null || time <= to) && Fits(document.RootElement, filters))
                {
                    context.Output.WriteLine(format is null ? Printable.Shown(Describe(document.RootElement, time)) : Printable.ShownLines(GoTemplate.Print(format, WithShortNames(line, document.RootElement))));
                }
            }
            catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                // A torn line after a power cut tells nothing.
            }
        }

        return file.Position;
    }

    // As Docker: values of one key are alternatives, different keys must all fit.
    private static bool Fits(JsonElement entry, IReadOnlyList<string> filters) =>
        filters.GroupBy(KeyOf).All(group => group.Any(filter => FitsOne(entry, group.Key, filter[(group.Key.Length + 1)..])));

    private static string KeyOf(string filter) => FilterText.Split(filter, s_filters).Key;

    private static bool FitsOne(JsonElement entry, string key, string value)
    {
        JsonElement actor = entry.GetProperty("Actor");
        JsonElement attributes = actor.GetProperty("Attributes");
        string id = actor.GetProperty("ID").GetString() ?? "";
        string type = entry.GetProperty("Type").GetString() ?? "";
        return key switch
        {
            "type" => type == value,
            "event" => (entry.GetProperty("Action").GetString() ?? "").Split(':')[0] == value,
            "container" => type == "container" && (id.StartsWith(value, StringComparison.Ordinal) || TextOf(attributes, "name") == value),
            "volume" => type == "volume" && id == value,
            _ => TextOf(attributes, "image") == value || (type == "image" && id == value),
        };
    }

    // Source: Docker Engine API v1.51, EventMessage before 1.50: status, id and from, which its documented templates use.
    private static string WithShortNames(string line, JsonElement entry)
    {
        JsonElement actor = entry.GetProperty("Actor");
        (string Name, string? Value)[] names =
        [
            ("status", entry.GetProperty("Action").GetString()), ("id", actor.GetProperty("ID").GetString()),
            ("from", TextOf(actor.GetProperty("Attributes"), "image")),
        ];
        return $"{{{string.Concat(names.Select(one => $"\"{one.Name}\":\"{JsonEncodedText.Encode(one.Value ?? "")}\","))}{line.AsSpan(1)}";
    }

    private static string Describe(JsonElement entry, DateTimeOffset time)
    {
        JsonElement actor = entry.GetProperty("Actor");
        string attributes = string.Join(", ", actor.GetProperty("Attributes").EnumerateObject().Select(one => $"{one.Name}={one.Value.GetString()}"));
        string moment = time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);
        return $"{moment} {entry.GetProperty("Type").GetString()} {entry.GetProperty("Action").GetString()} {actor.GetProperty("ID").GetString()} ({attributes})";
    }

    private static string TextOf(JsonElement attributes, string name) =>
        attributes.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? "" : "";
}
