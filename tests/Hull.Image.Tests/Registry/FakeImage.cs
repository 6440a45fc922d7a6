using System.Text;
using Hull.Oci.Image;

namespace Hull.Image.Tests;

/// <summary>One image as a registry would serve it, and the answers to the right questions.</summary>
internal sealed class FakeImage
{
    internal FakeImage(int layerBytes = 100_000)
    {
        byte[] tar = new byte[layerBytes];
        new Random(7).NextBytes(tar);
        Layer = TestImages.Gzip(tar);
        Config = ImageDocuments.Write(new ImageConfig
        {
            OS = "linux",
            Architecture = "amd64",
            RootFs = new RootFsConfig { DiffIds = [Digest.OfSha256(tar)] },
        });
        Manifest = ManifestWith(Digest.OfSha256(Layer), Layer.Length);
    }

    internal byte[] Layer { get; }

    internal byte[] Config { get; }

    internal byte[] Manifest { get; }

    internal Digest LayerDigest => Digest.OfSha256(Layer);

    internal byte[] ManifestWith(Digest layer, long size) => ImageDocuments.Write(new ImageManifest
    {
        MediaType = MediaTypes.Manifest,
        Config = new Descriptor { MediaType = MediaTypes.Config, Digest = Digest.OfSha256(Config), Size = Config.Length },
        Layers = [new Descriptor { MediaType = MediaTypes.LayerGzip, Digest = layer, Size = size }],
    });

    /// <summary>What a decent registry answers.</summary>
    internal FakeAnswer Answer(FakeRequest request) => request.Path switch
    {
        "/v2/" => new FakeAnswer(200),
        "/v2/app/manifests/v1" => OfManifest(Manifest),
        _ when request.Path == $"/v2/app/manifests/{Digest.OfSha256(Manifest)}" => OfManifest(Manifest),
        _ when request.Path.EndsWith(Digest.OfSha256(Config).ToString(), StringComparison.Ordinal) => new FakeAnswer(200, Config),
        _ when IsLayer(request) => new FakeAnswer(200, Layer),
        _ => new FakeAnswer(404, """{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"""),
    };

    internal bool IsLayer(FakeRequest request) => request.Path.EndsWith($"blobs/{LayerDigest}", StringComparison.Ordinal);

    internal static FakeAnswer OfManifest(byte[] manifest, string type = MediaTypes.Manifest) =>
        new FakeAnswer(200, manifest).With("Content-Type", type);

    internal static FakeAnswer OfText(string text, string type = MediaTypes.Index) => OfManifest(Encoding.UTF8.GetBytes(text), type);
}
