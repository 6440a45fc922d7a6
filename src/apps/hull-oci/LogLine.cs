using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Hull.OciCli;

/// <summary>One line of the log, in runc's two formats.</summary>
internal static class LogLine
{
    /// <summary>Formats a line; containerd and Podman read the JSON one for the cause of a failure.</summary>
    internal static string Format(bool json, string level, string message)
    {
        string time = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        if (!json)
        {
            return $"time=\"{time}\" level={level} msg={Quote(message)}\n";
        }

        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("level", level);
            writer.WriteString("msg", message);
            writer.WriteString("time", time);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    // A line of the log stays one line, whatever a name in a message contains.
    private static string Quote(string message)
    {
        StringBuilder text = new("\"", message.Length + 2);
        foreach (char letter in message)
        {
            _ = letter switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\t' => text.Append("\\t"),
                < ' ' or '\x7f' => text.Append(CultureInfo.InvariantCulture, $"\\x{(int)letter:x2}"),
                _ => text.Append(letter),
            };
        }

        return text.Append('"').ToString();
    }
}
