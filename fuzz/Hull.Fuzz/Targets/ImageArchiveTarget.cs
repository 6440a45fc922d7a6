using System.Text;
using Hull.Image;
using Hull.Snapshot.Archiving;
using Hull.Snapshot.Tar;

namespace Hull.Fuzz.Targets;

/// <summary>Archives given to <c>hull image load</c>: the documents inside are what is mutated.</summary>
internal sealed class ImageArchiveTarget : IFuzzTarget
{
    public string Name => "image-archive";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. new[]
        {
            """[{"Config":"c.json","RepoTags":["a:1"],"Layers":["l/layer.tar","../l"]}]""",
            """[{"Config":"blobs/sha256/x","RepoTags":null,"Layers":null}]""",
            """{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":1}]}""",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public void Run(ReadOnlyMemory<byte> input)
    {
        string store = Directory.CreateTempSubdirectory("hull-fuzz-archive-").FullName;
        try
        {
            MemoryStream archive = new();
            using (TarWriter writer = new(archive, leaveOpen: true))
            {
                Write(writer, "c.json", """{"os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"""u8);
                Write(writer, input.Span.StartsWith("{"u8) ? "index.json" : "manifest.json", input.Span);
                writer.Finish();
            }

            archive.Position = 0;
            ImageLoader.Load(new ImageStore(new ContentStore(store)), archive, CancellationToken.None);
        }
        finally
        {
            Directory.Delete(store, recursive: true);
        }
    }

    private static void Write(TarWriter writer, string path, ReadOnlySpan<byte> content)
    {
        writer.WriteHeader(new TarHeader { Path = Encoding.UTF8.GetBytes(path), Type = TarEntryType.File, Size = content.Length });
        writer.WriteBody(content);
    }
}
