using System.Globalization;
using System.Text.Json;

namespace Hull.Runtime.Container;

/// <summary>What is written down about a container; see docs/runtime.md for the file.</summary>
public sealed record ContainerRecord
{
    private const int Version = 1;

    /// <summary>Its name.</summary>
    public required ContainerId Id { get; init; }

    /// <summary>The first process's id as the host sees it.</summary>
    public required int ProcessId { get; init; }

    /// <summary>The first process's pidfd inode, which no other process gets until the next boot; 0 where unknown.</summary>
    public required ulong ProcessIdentity { get; init; }

    /// <summary>The bundle's directory.</summary>
    public required string BundleDirectory { get; init; }

    /// <summary>The root's directory.</summary>
    public required string RootDirectory { get; init; }

    /// <summary>The specification's version.</summary>
    public required string OciVersion { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The user who made it.</summary>
    public uint Owner { get; init; }

    /// <summary>The specification's annotations.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>The directories of its cgroup by hierarchy; see <see cref="Cgroups.Cgroup.Paths"/>.</summary>
    public IReadOnlyDictionary<string, string> Cgroups { get; init; } = new Dictionary<string, string>();

    /// <summary>Writes it as JSON.</summary>
    public byte[] ToJson()
    {
        using MemoryStream stream = new(512);
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version"u8, Version);
            writer.WriteString("id"u8, Id.ToString());
            writer.WriteNumber("pid"u8, ProcessId);
            writer.WriteNumber("identity"u8, ProcessIdentity);
            writer.WriteString("bundle"u8, BundleDirectory);
            writer.WriteString("rootfs"u8, RootDirectory);
            writer.WriteString("ociVersion"u8, OciVersion);
            writer.WriteNumber("created"u8, Created.UtcTicks);
            writer.WriteNumber("owner"u8, Owner);
            WriteMap(writer, "annotations", Annotations);
            WriteMap(writer, "cgroups", Cgroups);
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="HullException"><see cref="ErrorKind.DataLoss"/>: it is damaged.</exception>
    public static ContainerRecord Read(ReadOnlyMemory<byte> json, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            return root.GetProperty("version"u8).GetInt32() != Version
                ? throw new HullException(ErrorKind.FailedPrecondition, $"The record '{path}' was written by another version of Hull.")
                : new ContainerRecord
                {
                    Id = ContainerId.Parse(Text(root, "id")),
                    ProcessId = root.GetProperty("pid"u8).GetInt32(),
                    ProcessIdentity = root.GetProperty("identity"u8).GetUInt64(),
                    BundleDirectory = Text(root, "bundle"),
                    RootDirectory = Text(root, "rootfs"),
                    OciVersion = Text(root, "ociVersion"),
                    Created = new DateTimeOffset(root.GetProperty("created"u8).GetInt64(), TimeSpan.Zero),
                    Owner = root.GetProperty("owner"u8).GetUInt32(),
                    Annotations = ReadMap(root, "annotations"),
                    Cgroups = ReadMap(root, "cgroups"),
                };
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new HullException(ErrorKind.DataLoss, $"The record '{path}' is damaged.", error);
        }
    }

    /// <summary>The time of creation as runc writes it.</summary>
    public string CreatedText => Created.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);

    private static void WriteMap(Utf8JsonWriter writer, string name, IReadOnlyDictionary<string, string> map)
    {
        writer.WriteStartObject(name);
        foreach ((string key, string value) in map)
        {
            writer.WriteString(key, value);
        }

        writer.WriteEndObject();
    }

    private static Dictionary<string, string> ReadMap(JsonElement root, string name)
    {
        Dictionary<string, string> map = [];
        foreach (JsonProperty entry in root.GetProperty(name).EnumerateObject())
        {
            map[entry.Name] = entry.Value.GetString() ?? "";
        }

        return map;
    }

    private static string Text(JsonElement root, string name) => root.GetProperty(name).GetString() ?? "";
}
