using Hull.Image;
using Hull.Snapshot.Compression;

namespace Hull.Snapshot.Tests;

public sealed class ArrivingLayersTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly ImageStore _images;
    private readonly Snapshots _snapshots;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ArrivingLayersTests()
    {
        _images = new ImageStore(new ContentStore(Path.Combine(_directory.Path, "images")));
        _snapshots = new Snapshots(Path.Combine(_directory.Path, "snapshots"));
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Receive_OfLayersInAnyOrder_UnpacksFromTheLowestUp()
    {
        (LocalImage image, ContentStore arrivingStore) = Make(3);
        using ArrivingLayers arriving = new(_snapshots, arrivingStore);
        arriving.Begin(image.Layers);

        // The highest first: it waits for those below it.
        Task[] receivers = [.. image.Layers.Reverse().Select(layer => Receive(arriving, layer))];
        await Task.WhenAll(receivers);

        Assert.True(_snapshots.Contains((await _snapshots.UnpackAsync(image, arrivingStore, null, Cancellation))!.Value));
    }

    [Fact]
    public async Task Receive_AboveALayerThatFailed_LeavesTheRestToTheStore()
    {
        (LocalImage image, ContentStore empty) = Make(2);
        using ArrivingLayers arriving = new(_snapshots, empty);
        arriving.Begin(image.Layers);
        Task upper = Receive(arriving, image.Layers[1]);

        await Assert.ThrowsAnyAsync<Exception>(() => arriving.ReceiveAsync(image.Layers[0], new MemoryStream([1, 2, 3]), Cancellation));
        await upper;

        Assert.Empty(Directory.GetDirectories(Path.Combine(_directory.Path, "snapshots", "layers")));
        Assert.NotNull(await _snapshots.UnpackAsync(image, _images.Content, null, Cancellation));
    }

    [Fact]
    public async Task Receive_OnALayerThatIsHereAlready_UnpacksThatFromTheStore()
    {
        (LocalImage image, _) = Make(2);
        using ArrivingLayers arriving = new(_snapshots, _images.Content);
        arriving.Begin(image.Layers);

        await Receive(arriving, image.Layers[1]);

        Assert.Equal(2, Directory.GetDirectories(Path.Combine(_directory.Path, "snapshots", "layers")).Length);
    }

    [Fact]
    public async Task Prune_WhileALayerArrives_DoesNotWaitAndKeepsWhatThePullNeeds()
    {
        (LocalImage image, ContentStore empty) = Make(2);
        (LocalImage other, _) = Make(1, "other");
        Digest? gone = await _snapshots.UnpackAsync(other, _images.Content, null, Cancellation);
        using ArrivingLayers arriving = new(_snapshots, empty);
        arriving.Begin(image.Layers);
        await Receive(arriving, image.Layers[0]);
        using SlowStream slow = new(_images.Content.Open(image.Layers[1].Descriptor.Digest));
        Task upper = Task.Run(() => arriving.ReceiveAsync(image.Layers[1], slow, Cancellation), Cancellation);
        await slow.Reached;

        SnapshotPruning pruning = _snapshots.Prune([]);

        Assert.Equal([gone!.Value], pruning.Layers);
        slow.GoOn();
        await upper;
        Assert.Equal(2, _snapshots.Usage().Layers);
        Assert.Equal(2, _snapshots.Prepare(ContainerId.Parse("c"), ChainId.Of(image)).Lower.Count(Directory.Exists));
        _snapshots.Remove(ContainerId.Parse("c"));
        arriving.Dispose();
        Assert.Equal(2, _snapshots.Prune([]).Layers.Count);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_directory.Path, "snapshots", "leases")));
    }

    private (LocalImage Image, ContentStore Empty) Make(int layers, string name = "layer")
    {
        byte[][] archives = [.. Enumerable.Range(0, layers).Select(i => new Archive().File($"file{i}", $"{name} {i}").ToArray())];
        return (TestImages.Make(_images, name + ":1", CompressionKind.Gzip, archives), new ContentStore(Path.Combine(_directory.Path, "empty")));
    }

    private Task Receive(ArrivingLayers arriving, ImageLayer layer) => Task.Run(
        async () =>
        {
            using Stream stream = _images.Content.Open(layer.Descriptor.Digest);
            await arriving.ReceiveAsync(layer, stream, Cancellation);
        },
        Cancellation);
}
