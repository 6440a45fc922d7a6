using Hull.Image;

namespace Hull.Snapshot;

/// <summary>Unpacks the layers of one pull while they arrive, from the lowest up.</summary>
/// <remarks>
/// A layer is unpacked on top of those below it, so it begins when they are whole; until then its bytes wait in the store. Whatever
/// goes wrong here is not the pull's failure: <see cref="Snapshots.UnpackAsync"/> afterwards does what is missing. Clean-ups
/// leave the layers alone until this is disposed, which is when a name holds them. Thread-safe.
/// </remarks>
/// <param name="snapshots">Where layers are unpacked.</param>
/// <param name="store">Where they arrive.</param>
public sealed class ArrivingLayers(Snapshots snapshots, ContentStore store) : IDisposable
{
    private LayerLease? _lease;
    private IReadOnlyList<ImageLayer> _layers = [];
    private Digest[] _chain = [];
    private TaskCompletionSource<bool>?[] _arrivals = [];

    /// <summary>Takes in which layers the image has, lowest first, before the first one is transferred.</summary>
    public void Begin(IReadOnlyList<ImageLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        _layers = layers;
        _chain = ChainId.AllOf(layers);
        _lease = snapshots.Lease(_chain);
        _arrivals = new TaskCompletionSource<bool>?[layers.Count];
        for (int i = 0; i < layers.Count; i++)
        {
            _arrivals[i] = store.Contains(layers[i].Descriptor.Digest)
                ? null
                : new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Unpacks one layer that arrives; a <see cref="LayerReceiver"/>.</summary>
    /// <exception cref="HullException">It cannot be unpacked.</exception>
    public async Task ReceiveAsync(ImageLayer layer, Stream arriving, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(layer);
        int index = IndexOf(layer);
        bool done = false;
        try
        {
            if (index >= 0 && await LowerAreWholeAsync(index, cancellation))
            {
                await UnpackAsync(index, arriving, cancellation);
                done = true;
            }
        }
        finally
        {
            if (index >= 0)
            {
                _arrivals[index]?.TrySetResult(done);
            }
        }
    }

    private async Task<bool> LowerAreWholeAsync(int index, CancellationToken cancellation)
    {
        for (int i = 0; i < index; i++)
        {
            if (snapshots.Contains(_chain[i]))
            {
                continue;
            }

            if (_arrivals[i] is not { } arrival)
            {
                await UnpackAsync(i, arriving: null, cancellation);
            }
            else if (IndexOf(_layers[i]) != i || !await arrival.Task.WaitAsync(cancellation))
            {
                // The same layer a second time arrives only once: the rest is unpacked from the store afterwards.
                return false;
            }
        }

        return true;
    }

    /// <summary>Ends the protection of the layers; no receiver may be at work.</summary>
    public void Dispose() => _lease?.Dispose();

    private Task UnpackAsync(int index, Stream? arriving, CancellationToken cancellation) => snapshots.UnpackLayerAsync(
        _lease ?? throw new InvalidOperationException("Begin comes first."), _chain.AsMemory(0, index + 1), _layers[index],
        () => arriving ?? store.Open(_layers[index].Descriptor.Digest), null, cancellation);

    private int IndexOf(ImageLayer layer)
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            if (_layers[i].Descriptor.Digest == layer.Descriptor.Digest)
            {
                return i;
            }
        }

        return -1;
    }
}
