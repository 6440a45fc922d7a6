using System.Text;
using System.Text.Json;
using Hull.Linux;

namespace Hull.Runtime.Container.Checkpoint;

/// <summary>What the standard streams were, kept beside the image as runc keeps it: a JSON list of three texts.</summary>
internal static class StreamList
{
    private const string Name = "/descriptors.json";

    /// <summary>Writes it.</summary>
    internal static void Write(string directory, List<string> streams)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartArray();
            streams.ForEach(writer.WriteStringValue);
            writer.WriteEndArray();
        }

        HostFile.WriteAll(directory + Name, stream.ToArray());
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="HullException">There is no image, or it is damaged.</exception>
    internal static List<string> Read(string directory)
    {
        string path = directory + Name;
        using FileDescriptor file = HostFile.TryOpen(path, HostFile.ReadOnly, out Errno error) ?? throw new HullException(
            LinuxException.KindOf(error), $"The image '{directory}' cannot be restored: its file 'descriptors.json' cannot be read: {LinuxException.TextOf(error)}.");
        List<string> streams = [];
        Utf8JsonReader reader = new(HostFile.ReadAll(file, path));
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.String)
                {
                    streams.Add(reader.GetString()!);
                }
            }
        }
        catch (Exception damage) when (damage is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            throw new HullException(ErrorKind.DataLoss, $"The record '{path}' is damaged.", damage);
        }

        return streams;
    }
}
