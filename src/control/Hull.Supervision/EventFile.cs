using System.Buffers;
using System.Text.Json;
using Hull.Linux;

namespace Hull.Supervision;

/// <summary>The list of what happened: one JSON object a line, appended by every Hull process.</summary>
/// <remarks>
/// Each line is one write(2) with O_APPEND, so lines of several processes never mix. At <see cref="MaxBytes"/> the file is
/// renamed to <c>.1</c> and begun anew. Losing an event is better than failing an operation: errors are swallowed.
/// </remarks>
public static class EventFile
{
    /// <summary>The size at which the file is rotated.</summary>
    public const long MaxBytes = 8 * 1024 * 1024;

    /// <summary>Adds one event.</summary>
    /// <param name="path">The file.</param>
    /// <param name="time">When.</param>
    /// <param name="type"><c>container</c>, <c>image</c> or <c>volume</c>.</param>
    /// <param name="action">Docker's word: <c>create</c>, <c>start</c>, <c>die</c> ….</param>
    /// <param name="id">What it happened to.</param>
    /// <param name="attributes">Names and values in the order they are shown.</param>
    public static void Append(
        string path, DateTimeOffset time, string type, string action, string id,
        params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        ArrayBufferWriter<byte> line = new(512);
        using (Utf8JsonWriter json = new(line))
        {
            json.WriteStartObject();
            json.WriteString("Type"u8, type);
            json.WriteString("Action"u8, action);
            json.WriteStartObject("Actor"u8);
            json.WriteString("ID"u8, id);
            json.WriteStartObject("Attributes"u8);
            foreach ((string name, string value) in attributes)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteString("scope"u8, "local"u8);
            json.WriteNumber("time"u8, time.ToUnixTimeSeconds());
            json.WriteNumber("timeNano"u8, (time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick);
            json.WriteEndObject();
        }

        line.Write("\n"u8);
        try
        {
            RotateWhenFull(path);
            using FileDescriptor file = AppendFile.Open(path);
            DescriptorIo.WriteAll(file, line.WrittenSpan);
        }
        catch (Exception error) when (error is HullException or IOException or UnauthorizedAccessException)
        {
            // An event that cannot be kept must not stop what it tells about.
        }
    }

    private static void RotateWhenFull(string path)
    {
        if (!IsFull(path))
        {
            return;
        }

        // Whoever is second would rename the file that the first one has just begun, over all that was before.
        using FileLock? alone = FileLock.TryExclusive(path + ".lock");
        if (alone is not null && IsFull(path))
        {
            File.Move(path, path + ".1", overwrite: true);
        }
    }

    private static bool IsFull(string path)
    {
        FileInfo file = new(path);
        return file.Exists && file.Length > MaxBytes;
    }
}
