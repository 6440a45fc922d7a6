using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Hull.Image.Tests;

/// <summary>Layers that are used while they arrive.</summary>
public sealed class LayerReceiverTests
{
    private readonly FakeImage _image = new(layerBytes: 3_000_000);
    private readonly ConcurrentQueue<string> _received = new();

    [Fact]
    public async Task Receive_OfALayerThatBreaksOff_GetsTheWholeAllTheSame()
    {
        int asked = 0;
        using FakeRegistry registry = new(request => _image.IsLayer(request) && request["Range"] is { } range
            ? Part(int.Parse(range["bytes=".Length..^1], System.Globalization.CultureInfo.InvariantCulture))
            : _image.IsLayer(request) && ++asked == 1 ? _image.Answer(request) with { CutAfter = 1_500_000 } : _image.Answer(request));
        using TestClient client = new();

        await client.Puller.PullAsync(new PullRequest { Reference = registry.Reference("app:v1"), Receive = HashAsync }, null, TestClient.Cancellation);

        Assert.Equal(_image.LayerDigest.Hex, Assert.Single(_received));
    }

    [Fact]
    public async Task Receive_OfALayerThatBeginsAnew_FailsAlone()
    {
        int asked = 0;
        using FakeRegistry registry = new(request =>
            _image.IsLayer(request) && ++asked == 1 ? _image.Answer(request) with { CutAfter = 1_500_000 } : _image.Answer(request));
        using TestClient client = new();
        TaskCompletionSource begun = new();
        client.Events.OnRetry = begun.Task;

        LocalImage image = await client.Puller.PullAsync(
            new PullRequest
            {
                Reference = registry.Reference("app:v1"),
                Receive = async (_, arriving, cancellation) =>
                {
                    await ReadAsync(() => arriving.ReadExactly(new byte[1_000_000]));
                    begun.SetResult();
                    await HashAsync(image: null!, arriving, cancellation);
                },
            },
            client.Events,
            TestClient.Cancellation);

        Assert.Empty(_received);
        Assert.True(client.Store.Contains(image.Layers[0].Descriptor.Digest));
    }

    [Fact]
    public async Task Receive_OfDamagedBytes_NeverSeesTheEnd()
    {
        byte[] evil = [.. _image.Layer];
        evil[500] ^= 1;
        using FakeRegistry registry = new(request => _image.IsLayer(request) ? new FakeAnswer(200, evil) : _image.Answer(request));
        using TestClient client = new();

        await Assert.ThrowsAsync<HullException>(() => client.Puller.PullAsync(
            new PullRequest { Reference = registry.Reference("app:v1"), Receive = HashAsync }, null, TestClient.Cancellation));

        Assert.Empty(_received);
    }

    private FakeAnswer Part(int from) => new FakeAnswer(206, _image.Layer[from..])
        .With("Content-Range", $"bytes {from}-{_image.Layer.Length - 1}/{_image.Layer.Length}");

    private async Task HashAsync(ImageLayer image, Stream arriving, CancellationToken cancellation) =>
        await ReadAsync(() => _received.Enqueue(Convert.ToHexStringLower(SHA256.HashData(arriving))));

    // As an unpacker does: reading blocks, so it has a thread of its own.
    private static Task ReadAsync(Action read) =>
        Task.Factory.StartNew(read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
