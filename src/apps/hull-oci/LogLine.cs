using System.Text;
using System.Text.Json;

namespace Hull.OciCli;

/// <summary>One line of the log that <c>--log</c> names, in runc's two formats.</summary>
internal static class LogLine
{
    /// <summary>Formats a line; containerd and Podman read the JSON one for the cause of a failure.</summary>
    internal static string Format(bool json, string level, string message)
    {
        string time = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        if (!json)
        {
            return $"time=\"{time}\" level={level} msg=\"{message.Replace("\"", "\\\"", StringComparison.Ordinal)}\"\n";
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
}
