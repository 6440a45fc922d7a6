namespace Hull.Image;

/// <summary>Reads with patience: a transfer that stands still for too long fails as a broken one does.</summary>
internal sealed class StallGuard(TimeSpan patience, CancellationToken cancellation) : IDisposable
{
    private CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

    /// <summary>Reads some bytes.</summary>
    /// <exception cref="IOException">Nothing came in time.</exception>
    internal async ValueTask<int> ReadAsync(Stream source, Memory<byte> buffer)
    {
        if (!_limit.TryReset())
        {
            _limit.Dispose();
            _limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        }

        _limit.CancelAfter(patience);
        try
        {
            int count = await source.ReadAsync(buffer, _limit.Token);
            _limit.CancelAfter(Timeout.InfiniteTimeSpan);
            return count;
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException("The transfer stands still.", error);
        }
    }

    public void Dispose() => _limit.Dispose();
}
