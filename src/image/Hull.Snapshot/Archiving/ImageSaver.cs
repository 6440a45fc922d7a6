using System.Text;
using System.Text.Json;
using Hull.Image;
using Hull.Oci.Image;
using Hull.Snapshot.Tar;

namespace Hull.Snapshot.Archiving;

/// <summary>Writes images as one archive that is an OCI layout and Docker's format at once: every tool reads it.</summary>
/// <remarks>Source: OCI image specification 1.1, image-layout.md; Docker image specification 1.2, "Combined Image JSON + Filesystem Changeset Format".</remarks>
public static class ImageSaver
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>Writes images; the same images give the same bytes.</summary>
    /// <param name="images">Where they are.</param>
    /// <param name="names">Names or ids; an image given by id is written without a name.</param>
    /// <param name="target">Where to.</param>
    /// <param name="cancellation">Stops between two parts.</param>
    /// <exception cref="HullException">There is no such image, a part is missing, or the target cannot be written.</exception>
    public static void Save(ImageStore images, IReadOnlyList<string> names, Stream target, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(names);
        List<(LocalImage Image, ImageReference? Name)> chosen = [];
        foreach (string name in names)
        {
            LocalImage image = images.Get(name);
            chosen.Add((image, IsNameOf(image, name) ? image.Reference : null));
        }

        using ContentLease lease = images.Content.Lease();
        using TarWriter writer = new(target, leaveOpen: true);
        WriteDirectory(writer, "blobs");
        WriteDirectory(writer, "blobs/sha256");
        foreach (Digest digest in PartsOf(chosen.Select(one => one.Image)))
        {
            cancellation.ThrowIfCancellationRequested();
            lease.Protect(digest);
            WriteBlob(writer, images.Content, digest);
        }

        WriteFile(writer, "index.json", ImageDocuments.Write(IndexOf(chosen)));
        WriteFile(writer, "manifest.json", DockerManifest(chosen));
        WriteFile(writer, "oci-layout", JsonSerializer.SerializeToUtf8Bytes(
            new ImageLayout { ImageLayoutVersion = ImageLayout.CurrentVersion }, ImageJson.Default.ImageLayout));
        writer.Finish();
    }

    private static bool IsNameOf(LocalImage image, string text) =>
        image.Reference is not null && ImageReference.TryParse(text, out ImageReference? given)
        && (given?.Tagged == image.Reference.Tagged);

    private static IEnumerable<Digest> PartsOf(IEnumerable<LocalImage> images)
    {
        SortedSet<string> digests = new(StringComparer.Ordinal);
        foreach (LocalImage image in images)
        {
            digests.Add(image.ManifestDescriptor.Digest.ToString());
            digests.Add(image.ConfigDescriptor.Digest.ToString());
            digests.UnionWith(image.Layers.Select(layer => layer.Descriptor.Digest.ToString()));
        }

        return digests.Select(Digest.Parse);
    }

    private static ImageIndex IndexOf(List<(LocalImage Image, ImageReference? Name)> chosen)
    {
        List<Descriptor> manifests = [];
        foreach ((LocalImage image, ImageReference? name) in chosen)
        {
            Dictionary<string, string>? annotations = name?.Tag is null ? null : new()
            {
                [AnnotationNames.ContainerdImageName] = DockerName(name),
                [AnnotationNames.RefName] = name.Tag,
            };
            manifests.Add(image.ManifestDescriptor with
            {
                MediaType = image.Manifest.MediaType ?? MediaTypes.Manifest,
                Annotations = annotations,
                Platform = image.Platform,
            });
        }

        return new ImageIndex { MediaType = MediaTypes.Index, Manifests = manifests };
    }

    // [{"Config":"blobs/sha256/…","RepoTags":["debian:bookworm"],"Layers":["blobs/sha256/…"]}]
    private static byte[] DockerManifest(List<(LocalImage Image, ImageReference? Name)> chosen)
    {
        MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartArray();
            foreach (IGrouping<Digest, (LocalImage Image, ImageReference? Name)> one in chosen.GroupBy(c => c.Image.Id))
            {
                LocalImage image = one.First().Image;
                json.WriteStartObject();
                json.WriteString("Config", PathOf(image.Id));
                json.WriteStartArray("RepoTags");
                foreach (ImageReference name in one.Select(c => c.Name).OfType<ImageReference>().Distinct())
                {
                    json.WriteStringValue(DockerName(name));
                }

                json.WriteEndArray();
                json.WriteStartArray("Layers");
                foreach (ImageLayer layer in image.Layers)
                {
                    json.WriteStringValue(PathOf(layer.Descriptor.Digest));
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return stream.ToArray();
    }

    private static string DockerName(ImageReference name) => name.Tagged ?? name.Name;

    private static string PathOf(Digest digest) => $"blobs/{digest.Algorithm}/{digest.Hex}";

    private static void WriteBlob(TarWriter writer, ContentStore store, Digest digest)
    {
        using FileStream content = store.Open(digest);
        writer.WriteHeader(HeaderOf(PathOf(digest), content.Length));
        byte[] buffer = new byte[BufferBytes];
        int length;
        while ((length = content.Read(buffer)) > 0)
        {
            writer.WriteBody(buffer.AsSpan(0, length));
        }
    }

    private static void WriteFile(TarWriter writer, string path, byte[] content)
    {
        writer.WriteHeader(HeaderOf(path, content.Length));
        writer.WriteBody(content);
    }

    private static void WriteDirectory(TarWriter writer, string path) => writer.WriteHeader(
        new TarHeader { Path = Encoding.UTF8.GetBytes(path), Type = TarEntryType.Directory, Mode = 0x1ED });

    private static TarHeader HeaderOf(string path, long size) =>
        new() { Path = Encoding.UTF8.GetBytes(path), Type = TarEntryType.File, Mode = 0x1A4, Size = size };
}
