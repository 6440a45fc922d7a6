using System.Formats.Tar;
using System.Globalization;
using Hull.Image;
using Hull.Oci.Image;
using Hull.Snapshot.Compression;
using Hull.Snapshot.Packing;

namespace Hull.Benchmarks.Peers;

/// <summary>The same commands in a store with almost nothing, and with thousands of layers and containers.</summary>
/// <remarks>HULL_BENCH_LAYERS and HULL_BENCH_CONTAINERS change how many.</remarks>
internal sealed class ScaleCase : ICase
{
    private const int DefaultLayers = 5_000;
    private const int DefaultContainers = 3_000;
    private const int LayersOfOne = 50;
    private const int AtOnce = 4;
    private const int Rounds = 5;

    /// <inheritdoc/>
    public string Name => "scale";

    /// <inheritdoc/>
    public string Question => "what commands cost beside thousands of layers and containers, median of 5";

    /// <inheritdoc/>
    public void Run(Context context)
    {
        Engines engines = new(context);
        Print(engines, "one layer, no container");

        int images = Number("HULL_BENCH_LAYERS", DefaultLayers) / LayersOfOne;
        int containers = Number("HULL_BENCH_CONTAINERS", DefaultContainers);
        ImageStore store = new(new ContentStore(Path.Combine(context.Scratch, "hull", "images")));
        string busybox = Path.Combine(context.Scratch, "root.tar");
        for (int i = 0; i < images; i++)
        {
            MakeImage(store, busybox, i);
        }

        ParallelOptions some = new() { MaxDegreeOfParallelism = AtOnce };
        int failures = 0;
        Parallel.For(0, containers, some, number =>
        {
            Sample sample = Spawn.Run(engines.Command("hull", "create", "--network", "none", NameOf(number % images), "/bin/true"));
            Interlocked.Add(ref failures, sample.Status == 0 ? 0 : 1);
        });
        Print(engines, string.Create(CultureInfo.InvariantCulture, $"{images * LayersOfOne:#,0} layers, {containers:#,0} containers, {failures} failures"));
        Time(engines, "prune, which removes the containers", 1, "system", "prune", "-f");
        Time(engines, "prune -a, which removes the layers", 1, "system", "prune", "-a", "-f");
    }

    private static void Print(Engines engines, string title)
    {
        Console.WriteLine($"-- {title}");
        Time(engines, "ps", Rounds, "ps");
        Time(engines, "ps -a", Rounds, "ps", "-a");
        Time(engines, "image ls", Rounds, "image", "ls");
        Time(engines, "run --rm", Rounds, "run", "--rm", "--network", "none", Engines.Image, "/bin/true");
        Time(engines, "image prune of nothing", Rounds, "image", "prune", "-f");
        Time(engines, "system df", Rounds, "system", "df");
    }

    private static void Time(Engines engines, string what, int rounds, params string[] arguments)
    {
        Sample[] samples = [.. Enumerable.Range(0, rounds).Select(_ => Spawn.Run(engines.Command("hull", arguments)))];
        double median = samples.Select(sample => sample.WallMs).Order().ElementAt(rounds / 2);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{what,-36} {median,9:0.0} ms   failures {samples.Count(sample => sample.Status != 0)}"));
    }

    // A stack of small layers on the tiny root; every layer of every image is another.
    private static void MakeImage(ImageStore store, string root, int number)
    {
        using ContentLease lease = store.Content.Lease();
        List<ImageLayer> layers = [];
        for (int i = 0; i < LayersOfOne; i++)
        {
            byte[] archive = i == 0 ? File.ReadAllBytes(root) : MakeLayer(number, i);
            PackedLayer packed = LayerPacker.Pack(store.Content, lease, CompressionKind.Gzip, stream => stream.Write(archive));
            layers.Add(new ImageLayer(packed.Descriptor, packed.DiffId));
        }

        ImageConfig config = new() { OS = "linux", Architecture = Platform.Host.Architecture, RootFs = new RootFsConfig() };
        ImageAssembler.Put(store, lease, ImageReference.Parse(NameOf(number)), config, layers);
    }

    private static byte[] MakeLayer(int image, int layer)
    {
        MemoryStream archive = new();
        using (TarWriter tar = new(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"file-{image}-{layer}");
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream("content"u8.ToArray()) });
        }

        return archive.ToArray();
    }

    private static string NameOf(int image) => string.Create(CultureInfo.InvariantCulture, $"scale:{image}");

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : otherwise;
}
