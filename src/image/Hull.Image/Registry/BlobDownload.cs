using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>Brings one piece of content from a registry into the store, however often the transfer breaks off.</summary>
internal sealed class BlobDownload(
    ContentStore store,
    RegistryClient client,
    ImageReference repository,
    Descriptor content,
    IProgress<TransferEvent>? progress,
    ArrivingLayer? follower = null)
{
    private const int BufferBytes = 128 * 1024;
    private const long ReportEveryBytes = 512 * 1024;

    // Less progress than this does not count as progress: a registry that drips bytes must not be asked for ever.
    private const long ProgressBytes = 1024 * 1024;

    private static readonly TimeSpan s_pollPause = TimeSpan.FromMilliseconds(100);

    private readonly RegistryOptions _options = client.Options;

    /// <summary>Returns when the content is in the store, whole and checked.</summary>
    /// <exception cref="HullException">It cannot be had; what arrived is kept for the next attempt unless it was wrong.</exception>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        bool waited = false;
        while (!store.Contains(content.Digest))
        {
            using BlobWriter? writer = store.TryResumeIngest(content.Digest);
            if (writer is not null)
            {
                follower?.Attach(writer.Path);
                await FillAsync(writer, cancellation);
                follower?.Finish(content.Size);
                Report(TransferStage.Complete, content.Size);
                return;
            }

            if (!waited)
            {
                waited = true;
                Report(TransferStage.Waiting, 0);
            }

            await Task.Delay(s_pollPause, _options.Clock, cancellation);
        }

        follower?.Attach(store.PathOf(content.Digest));
        follower?.Finish(content.Size);
        Report(TransferStage.Exists, content.Size);
    }

    private async Task FillAsync(BlobWriter writer, CancellationToken cancellation)
    {
        bool trustsOldBytes = writer.Length > 0;
        while (true)
        {
            await TransferAsync(writer, cancellation);
            try
            {
                writer.Commit(content.Digest, content.Size, keepOpenOnMismatch: trustsOldBytes);
                return;
            }
            catch (HullException error) when (error.Kind == ErrorKind.DataLoss && trustsOldBytes)
            {
                // Perhaps the bytes an earlier attempt left were bad: once more, with nothing to trust.
                trustsOldBytes = false;
                Restart(writer);
                Report(TransferStage.Retrying, 0, "what an earlier attempt left was damaged");
            }
        }
    }

    private async Task TransferAsync(BlobWriter writer, CancellationToken cancellation)
    {
        if (writer.Length > content.Size)
        {
            Restart(writer);
        }

        // Progress is what goes beyond all that ever was there: a registry that begins anew each time makes none.
        int failures = 0;
        long most = writer.Length;
        while (writer.Length < content.Size || (content.Size == 0 && failures == 0))
        {
            try
            {
                await TransferOnceAsync(writer, cancellation);
                if (writer.Length == content.Size)
                {
                    return;
                }

                throw new HttpIOException(HttpRequestError.ResponseEnded);
            }
            catch (Exception error) when (error is HttpRequestException or IOException)
            {
                failures = writer.Length - most >= ProgressBytes ? 1 : failures + 1;
                most = Math.Max(most, writer.Length);
                if (failures >= _options.MaxAttempts)
                {
                    throw RegistryErrors.Connection(RegistryClient.RegistryOf(_options.Resolve(repository)), error);
                }

                Report(TransferStage.Retrying, writer.Length, "the connection broke off");
            }

            await Task.Delay(RetryPause.Before(failures, null, _options), _options.Clock, cancellation);
        }
    }

    private async Task TransferOnceAsync(BlobWriter writer, CancellationToken cancellation)
    {
        using RemoteBlob blob = await client.OpenBlobAsync(repository, content.Digest, writer.Length, cancellation);
        if (blob.Offset != writer.Length)
        {
            Restart(writer);
        }

        using StallGuard guard = new(_options.StallTimeout, cancellation);
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            long reported = writer.Length;
            follower?.Advance(reported);
            Report(TransferStage.Downloading, reported);
            int count;
            while ((count = await guard.ReadAsync(blob.Content, buffer)) > 0)
            {
                if (writer.Length + count > content.Size)
                {
                    throw new HullException(
                        ErrorKind.DataLoss, $"The registry sends more than the {content.Size} bytes of the content '{content.Digest}'.");
                }

                writer.Write(buffer.AsSpan(0, count));
                follower?.Advance(writer.Length);
                if (writer.Length - reported >= ReportEveryBytes)
                {
                    reported = writer.Length;
                    Report(TransferStage.Downloading, reported);
                }
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Restart(BlobWriter writer)
    {
        follower?.Advance(0);
        writer.Restart();
    }

    private void Report(TransferStage stage, long current, string? detail = null) =>
        progress?.Report(new TransferEvent(stage, content.Digest, current, content.Size, detail));
}
