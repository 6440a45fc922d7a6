using System.Text.Json;

namespace Hull.Snapshot.Archiving;

/// <summary>One image of the <c>manifest.json</c> that <c>docker save</c> writes.</summary>
/// <param name="Config">Path of the configuration in the archive.</param>
/// <param name="RepoTags">Names of the image.</param>
/// <param name="Layers">Paths of the layers in the archive, lowest first.</param>
internal sealed record DockerArchiveEntry(string Config, IReadOnlyList<string> RepoTags, IReadOnlyList<string> Layers)
{
    private const int MaxImages = 4096;
    private const int MaxLayers = 512;

    /// <summary>Reads the document.</summary>
    /// <exception cref="HullException">It is not of that form.</exception>
    internal static IReadOnlyList<DockerArchiveEntry> Read(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            List<DockerArchiveEntry> entries = [];
            foreach (JsonElement image in document.RootElement.EnumerateArray())
            {
                List<string> layers = StringsOf(image, nameof(Layers));
                if (entries.Count >= MaxImages || layers.Count > MaxLayers)
                {
                    throw new HullException(
                        ErrorKind.ResourceExhausted, $"The archive has more than {MaxImages} images or {MaxLayers} layers in one.");
                }

                entries.Add(new DockerArchiveEntry(
                    image.GetProperty(nameof(Config)).GetString() ?? "", StringsOf(image, nameof(RepoTags)), layers));
            }

            return entries;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new HullException(ErrorKind.DataLoss, "The archive's 'manifest.json' is not what docker save writes.", error);
        }
    }

    private static List<string> StringsOf(JsonElement image, string name) =>
        image.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(text => text.GetString() ?? "")]
            : [];
}
