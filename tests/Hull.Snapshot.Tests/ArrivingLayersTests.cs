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
        ArrivingLayers arriving = new(_snapshots, arrivingStore);
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
        ArrivingLayers arriving = new(_snapshots, empty);
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
        ArrivingLayers arriving = new(_snapshots, _images.Content);
        arriving.Begin(image.Layers);

        await Receive(arriving, image.Layers[1]);

        Assert.Equal(2, Directory.GetDirectories(Path.Combine(_directory.Path, "snapshots", "layers")).Length);
    }

    private (LocalImage Image, ContentStore Empty) Make(int layers)
    {
        byte[][] archives = [.. Enumerable.Range(0, layers).Select(i => new Archive().File($"file{i}", $"layer {i}").ToArray())];
        return (TestImages.Make(_images, "app:1", CompressionKind.Gzip, archives), new ContentStore(Path.Combine(_directory.Path, "empty")));
    }

    private Task Receive(ArrivingLayers arriving, ImageLayer layer) => Task.Run(
        async () =>
        {
            using Stream stream = _images.Content.Open(layer.Descriptor.Digest);
            await arriving.ReceiveAsync(layer, stream, Cancellation);
        },
        Cancellation);
}
