using System.IO.Compression;
using System.Text;
using Hull.Oci.Image;

namespace Hull.Image.Tests;

/// <summary>Small images made on the spot.</summary>
internal static class TestImages
{
    internal static Descriptor Make(ContentStore store, string text, int layers = 2, string architecture = "amd64", Action<Digest>? protect = null, int layerBytes = 0)
    {
        List<Descriptor> descriptors = [];
        List<Digest> diffIds = [];
        for (int i = 0; i < layers; i++)
        {
            byte[] tar = Encoding.UTF8.GetBytes($"{text} layer {i} " + new string((char)('a' + i), 5000));
            if (layerBytes > 0)
            {
                tar = new byte[layerBytes];
                new Random(i).NextBytes(tar);
            }

            byte[] packed = Gzip(tar);
            diffIds.Add(Digest.OfSha256(tar));
            protect?.Invoke(Digest.OfSha256(packed));
            descriptors.Add(new Descriptor { MediaType = MediaTypes.LayerGzip, Digest = store.Add(packed), Size = packed.Length });
        }

        ImageConfig config = new()
        {
            OS = "linux",
            Architecture = architecture,
            Created = DateTimeOffset.UnixEpoch,
            Config = new ContainerConfig { Cmd = ["/bin/sh"], Labels = new Dictionary<string, string> { ["text"] = text } },
            RootFs = new RootFsConfig { DiffIds = diffIds },
        };
        return AddManifest(store, descriptors, config, protect);
    }

    internal static Descriptor AddManifest(ContentStore store, IReadOnlyList<Descriptor> layers, ImageConfig config, Action<Digest>? protect = null)
    {
        byte[] configBytes = ImageDocuments.Write(config);
        protect?.Invoke(Digest.OfSha256(configBytes));
        byte[] manifest = ImageDocuments.Write(new ImageManifest
        {
            MediaType = MediaTypes.Manifest,
            Config = new Descriptor { MediaType = MediaTypes.Config, Digest = store.Add(configBytes), Size = configBytes.Length },
            Layers = layers,
        });
        protect?.Invoke(Digest.OfSha256(manifest));
        return new Descriptor { MediaType = MediaTypes.Manifest, Digest = store.Add(manifest), Size = manifest.Length };
    }

    internal static byte[] Gzip(byte[] content)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return packed.ToArray();
    }
}
