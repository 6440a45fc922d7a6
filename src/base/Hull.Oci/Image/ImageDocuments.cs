using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Hull.Oci.Image;

/// <summary>Reads image documents from bytes that anybody may have written; everything is bounded and checked.</summary>
/// <remarks>Source: OCI image specification 1.1. Pure functions: any thread.</remarks>
public static class ImageDocuments
{
    /// <summary>Most bytes of a manifest or index. Source: OCI distribution specification 1.1, "Pushing Manifests" (4 MiB).</summary>
    public const int MaxManifestBytes = 4 * 1024 * 1024;

    /// <summary>Most bytes of an image configuration.</summary>
    public const int MaxConfigBytes = 8 * 1024 * 1024;

    /// <summary>Most layers of one image; the kernel's overlay takes 500.</summary>
    public const int MaxLayers = 500;

    private const int SchemaVersion = 2;

    /// <summary>Reads the manifest of one image.</summary>
    /// <exception cref="HullException">The bytes are no manifest, or one that may not be trusted.</exception>
    public static ImageManifest ReadManifest(ReadOnlySpan<byte> json)
    {
        ImageManifest manifest = Read(json, MaxManifestBytes, ImageJson.Default.ImageManifest, "manifest");
        if (manifest.SchemaVersion != SchemaVersion || manifest.Config is null || manifest.Layers is null)
        {
            throw Damaged("manifest", "it is not of schema version 2");
        }

        if (HasMember(json, "manifests"u8) || (manifest.MediaType is not null && !MediaTypes.IsManifest(manifest.MediaType)))
        {
            throw Damaged("manifest", "it claims to be something else as well");
        }

        if (manifest.Layers.Count > MaxLayers)
        {
            throw Damaged("manifest", $"it has {manifest.Layers.Count} layers and {MaxLayers} are the most");
        }

        Check(manifest.Config, "manifest");
        CheckAll(manifest.Layers, "manifest");
        return manifest;
    }

    /// <summary>Reads a list of manifests.</summary>
    /// <exception cref="HullException">The bytes are no index, or one that may not be trusted.</exception>
    public static ImageIndex ReadIndex(ReadOnlySpan<byte> json) => ReadIndex(json, MaxManifestBytes);

    /// <summary>Reads a list of manifests that may be longer than a registry's, such as a local store's own.</summary>
    /// <param name="json">The document.</param>
    /// <param name="maxBytes">Most bytes accepted.</param>
    /// <exception cref="HullException">The bytes are no index, or one that may not be trusted.</exception>
    public static ImageIndex ReadIndex(ReadOnlySpan<byte> json, int maxBytes)
    {
        ImageIndex index = Read(json, maxBytes, ImageJson.Default.ImageIndex, "image index");
        if (index.SchemaVersion != SchemaVersion || index.Manifests is null)
        {
            throw Damaged("image index", "it is not of schema version 2");
        }

        // CVE-2021-41190: a document that is a manifest to one reader and an index to the next.
        if (HasMember(json, "layers"u8) || HasMember(json, "config"u8)
            || (index.MediaType is not null && !MediaTypes.IsIndex(index.MediaType)))
        {
            throw Damaged("image index", "it claims to be something else as well");
        }

        CheckAll(index.Manifests, "image index");
        return index;
    }

    /// <summary>Reads an image's configuration.</summary>
    /// <exception cref="HullException">The bytes are no configuration.</exception>
    public static ImageConfig ReadConfig(ReadOnlySpan<byte> json)
    {
        ImageConfig config = Read(json, MaxConfigBytes, ImageJson.Default.ImageConfig, "image configuration");
        if (config.RootFs is not { DiffIds: not null, Type: "layers" })
        {
            throw Damaged("image configuration", "its root file system is not made of layers");
        }

        return config.Config is not { } run || AreWhole(run)
            ? config
            : throw Damaged("image configuration", "a list of texts in it has an entry that is none");
    }

    /// <summary>What a document says it is, by its <c>mediaType</c> or, without one, by its members; null when unclear.</summary>
    /// <remarks>Never throws: bytes that are not JSON are unclear.</remarks>
    public static string? Sniff(ReadOnlySpan<byte> json)
    {
        try
        {
            string? named = null;
            bool manifests = false;
            bool layers = false;
            Utf8JsonReader reader = Open(json);
            while (NextMember(ref reader))
            {
                manifests |= reader.ValueTextEquals("manifests"u8);
                layers |= reader.ValueTextEquals("layers"u8);
                bool isType = reader.ValueTextEquals("mediaType"u8);
                if (reader.Read() && isType && reader.TokenType == JsonTokenType.String)
                {
                    named = reader.GetString();
                }

                reader.Skip();
            }

            return named ?? (manifests && !layers ? MediaTypes.Index : layers && !manifests ? MediaTypes.Manifest : null);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The bytes of a manifest Hull makes; the same manifest always gives the same bytes.</summary>
    public static byte[] Write(ImageManifest manifest) =>
        JsonSerializer.SerializeToUtf8Bytes(manifest, ImageJson.Default.ImageManifest);

    /// <summary>The bytes of a configuration Hull makes; the same configuration always gives the same bytes.</summary>
    public static byte[] Write(ImageConfig config) => JsonSerializer.SerializeToUtf8Bytes(config, ImageJson.Default.ImageConfig);

    /// <summary>The bytes of an index Hull makes; the same index always gives the same bytes.</summary>
    public static byte[] Write(ImageIndex index) => JsonSerializer.SerializeToUtf8Bytes(index, ImageJson.Default.ImageIndex);

    private static T Read<T>(ReadOnlySpan<byte> json, int maxBytes, JsonTypeInfo<T> type, string what)
        where T : class
    {
        if (json.Length > maxBytes)
        {
            throw Damaged(what, $"it has {json.Length} bytes and {maxBytes} are the most");
        }

        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw Damaged(what, "it is null");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new HullException(ErrorKind.DataLoss, $"The {what} is damaged: it is not valid JSON of its kind.", error);
        }
    }

    private static bool HasMember(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name)
    {
        Utf8JsonReader reader = Open(json);
        while (NextMember(ref reader))
        {
            if (reader.ValueTextEquals(name))
            {
                return true;
            }

            reader.Read();
            reader.Skip();
        }

        return false;
    }

    private static Utf8JsonReader Open(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = 32 });
        reader.Read();
        return reader;
    }

    private static bool NextMember(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    // JSON may put null where a list promises text; nobody who reads the list later expects that.
    private static bool AreWhole(ContainerConfig run)
    {
        foreach (IReadOnlyList<string?>? list in (ReadOnlySpan<IReadOnlyList<string?>?>)[run.Env, run.OnBuild, run.Healthcheck?.Test])
        {
            if (list is not null && list.Contains(null))
            {
                return false;
            }
        }

        return run.Labels is not IReadOnlyDictionary<string, string?> labels || !labels.Values.Contains(null);
    }

    private static void CheckAll(IReadOnlyList<Descriptor> descriptors, string what)
    {
        foreach (Descriptor descriptor in descriptors)
        {
            Check(descriptor, what);
        }
    }

    private static void Check(Descriptor? descriptor, string what)
    {
        if (descriptor is not { MediaType: not null, Size: >= 0 })
        {
            throw Damaged(what, "one of its descriptors has no media type or a negative size");
        }
    }

    private static HullException Damaged(string what, string why) =>
        new(ErrorKind.DataLoss, $"The {what} is damaged: {why}.");
}
