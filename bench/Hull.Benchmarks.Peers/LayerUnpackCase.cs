using System.Globalization;
using Hull.Image;
using Hull.Oci.Image;
using Hull.Snapshot.Archiving;
using Hull.Snapshot.Compression;
using Hull.Snapshot.Layers;

namespace Hull.Benchmarks.Peers;

/// <summary>A Debian layer becomes a directory: Hull, umoci after skopeo, Podman; gzip and zstd.</summary>
/// <remarks>
/// Hull's side is this very program on the plain runtime, started anew each time: what is installed is compiled ahead of time
/// and starts faster. HULL_BENCH_LAYER names a root's archive; without it mmdebstrap makes one. HULL_BENCH_WITHOUT names a
/// contender to leave out. The scratch directory is below TMPDIR: on a disk, writing the files back decides.
/// </remarks>
internal sealed class LayerUnpackCase(CompressionKind kind) : ICase
{
    internal const string Verb = "--unpack-layer";
    private const int DefaultRounds = 30;
    private const string ImageName = "bench:1";

    /// <inheritdoc/>
    public string Name => kind == CompressionKind.Gzip ? "unpack-gzip" : "unpack-zstd";

    /// <inheritdoc/>
    public string Question => "a Debian layer is unpacked into a fresh directory, digests verified";

    private static int Rounds =>
        int.TryParse(Environment.GetEnvironmentVariable("HULL_BENCH_ROUNDS"), CultureInfo.InvariantCulture, out int rounds) ? rounds : DefaultRounds;

    /// <inheritdoc/>
    public void Run(Context context)
    {
        string archive = Environment.GetEnvironmentVariable("HULL_BENCH_LAYER") ?? MakeLayer(context);
        Measure(context, archive);
    }

    /// <summary>What the child process does: arguments are the layer, its diff id and the directory.</summary>
    internal static async Task<int> UnpackAsync(string blob, string diffId, string directory)
    {
        Directory.CreateDirectory(directory);
        using FileStream packed = new(blob, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        await LayerUnpacker.UnpackAsync(packed, directory, new UnpackOptions { DiffId = Digest.Parse(diffId) }, CancellationToken.None);
        return 0;
    }

    private void Measure(Context context, string archive)
    {
        string layout = Path.Combine(context.Scratch, "layout");
        LocalImage image = MakeLayout(context, archive, layout);
        ImageLayer layer = image.Layers[0];
        string blob = Path.Combine(layout, "blobs", "sha256", layer.Descriptor.Digest.Hex);
        string target = Path.Combine(context.Scratch, "unpacked");
        string[] podman = ["podman", "--root", Path.Combine(context.Scratch, "podman-store"), "--runroot", Path.Combine(context.Scratch, "podman-run"), "--cgroup-manager", "cgroupfs", "--events-backend", "none"];

        string policy = Path.Combine(context.Scratch, "policy.json");
        File.WriteAllText(policy, """{ "default": [{ "type": "insecureAcceptAnything" }] }""");
        List<string> contenders = ["hull"];
        // The umoci of Debian 12 reads no zstd.
        contenders.AddRange(kind == CompressionKind.Gzip && File.Exists("/usr/bin/umoci") ? ["umoci"] : []);
        contenders.AddRange(File.Exists("/usr/bin/podman") ? ["podman"] : []);
        _ = contenders.Remove(Environment.GetEnvironmentVariable("HULL_BENCH_WITHOUT") ?? "");
        Report report = new([.. contenders.Select(contender => $"{contender} {kind}")]);
        report.Measure(Rounds, contender =>
        {
            _ = Context.Succeed("rm", "-rf", target);
            switch (contender.Split(' ')[0])
            {
                case "hull":
                    return Spawn.Run(Environment.ProcessPath ?? "", Verb, blob, layer.DiffId.ToString(), target);
                case "umoci":
                    return Spawn.Run("umoci", "unpack", "--image", layout + ":x", target);
                default:
                    _ = Context.Succeed(podman[0], [.. podman[1..], "rmi", "--all", "--force"]);
                    return Spawn.Run([.. podman, "pull", "-q", "--signature-policy", policy, $"oci:{layout}:x"]);
            }
        });
        report.Print();

        // Podman leaves its store mounted on itself.
        _ = Context.Succeed("sh", "-c", $"umount -l {podman[2]}/overlay 2>/dev/null || true");
    }

    private LocalImage MakeLayout(Context context, string archive, string layout)
    {
        ImageStore images = new(new ContentStore(Path.Combine(context.Scratch, $"store-{kind}")));
        using FileStream source = File.OpenRead(archive);
        ImageConfig config = new() { OS = "linux", Architecture = Platform.Host.Architecture, Config = new ContainerConfig(), RootFs = new RootFsConfig() };
        LocalImage image = RootImporter.Import(images, source, ImageReference.Parse(ImageName), config, kind);
        string saved = Path.Combine(context.Scratch, $"saved-{kind}.tar");
        using (FileStream file = File.Create(saved))
        {
            ImageSaver.Save(images, [ImageName], file, CancellationToken.None);
        }

        _ = Context.Succeed("skopeo", "--insecure-policy", "copy", "-q", "oci-archive:" + saved, $"oci:{layout}:x");
        return image;
    }

    private static string MakeLayer(Context context)
    {
        string archive = Path.Combine(context.Scratch, "layer.tar");
        _ = Context.Succeed("mmdebstrap", "--variant=minbase", "--format=tar", "--quiet", "bookworm", archive);
        return archive;
    }
}
