using System.Net;
using System.Net.Http.Headers;
using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>Brings one piece of content from the store to a registry, unless it is there already.</summary>
/// <remarks>Source: OCI distribution specification 1.1, "Pushing Blobs": mount, then one streamed chunk, then the digest.</remarks>
internal sealed class BlobUpload(
    ContentStore store,
    RegistryClient client,
    ImageReference remote,
    ImageReference? mountFrom,
    Descriptor content,
    IProgress<TransferEvent>? progress)
{
    private readonly RegistryOptions _options = client.Options;

    /// <summary>Returns when the registry has the content.</summary>
    /// <exception cref="HullException">It does not take it.</exception>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        RegistryRequest head = RegistryClient.BlobRequest(HttpMethod.Head, remote, content.Digest) with { Actions = "pull,push" };
        using (HttpResponseMessage answer = await client.SendAsync(head, cancellation))
        {
            if (answer.IsSuccessStatusCode)
            {
                Report(TransferStage.Exists, content.Size);
                return;
            }

            if (answer.StatusCode != HttpStatusCode.NotFound)
            {
                await client.EnsureAsync(head, answer, $"repository '{remote.Repository}'", cancellation);
            }
        }

        if (await BeginAsync(mountFrom, cancellation) is { } location)
        {
            await UploadAsync(location, cancellation);
            Report(TransferStage.Complete, content.Size);
        }
        else
        {
            Report(TransferStage.Mounted, content.Size);
        }
    }

    // Null: the registry took the content over from another of its repositories.
    private async Task<Uri?> BeginAsync(ImageReference? from, CancellationToken cancellation)
    {
        string mount = from is null ? "" : $"?mount={Uri.EscapeDataString(content.Digest.ToString())}&from={Uri.EscapeDataString(from.Repository)}";
        RegistryRequest request = Request(HttpMethod.Post) with { Path = $"v2/{remote.Repository}/blobs/uploads/{mount}" };
        using HttpResponseMessage answer = await client.SendAsync(request, cancellation);
        if (from is not null && answer.StatusCode is not (HttpStatusCode.Created or HttpStatusCode.Accepted))
        {
            return await BeginAsync(null, cancellation); // no right to read the other repository, most likely
        }

        await client.EnsureAsync(request, answer, $"upload to the repository '{remote.Repository}'", cancellation);
        return answer.StatusCode == HttpStatusCode.Created && from is not null ? null : LocationOf(answer);
    }

    private async Task UploadAsync(Uri location, CancellationToken cancellation)
    {
        long offset = 0;
        for (int failures = 0; ;)
        {
            try
            {
                if (offset < content.Size)
                {
                    location = await SendAsync(location, offset, cancellation);
                }

                await FinishAsync(location, cancellation);
                return;
            }
            catch (HullException error) when (error.Kind == ErrorKind.Unavailable && ++failures < _options.MaxAttempts)
            {
                Report(TransferStage.Retrying, offset, "the connection broke off");
                await Task.Delay(RetryPause.Before(failures, null, _options), _options.Clock, cancellation);
            }

            (location, offset) = await ResumeAsync(location, cancellation);
        }
    }

    private async Task<Uri> SendAsync(Uri location, long offset, CancellationToken cancellation)
    {
        RegistryRequest request = Request(HttpMethod.Patch) with
        {
            Location = location,
            Retry = false,
            Content = () =>
            {
                FileStream file = store.Open(content.Digest);
                file.Position = offset;
                StreamContent body = new(new ReadProgressStream(file, sent => Report(TransferStage.Uploading, offset + sent)), 128 * 1024);
                body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
                body.Headers.ContentLength = content.Size - offset;
                if (offset > 0)
                {
                    // Written by hand: the specification's form has no unit and no total.
                    body.Headers.TryAddWithoutValidation("Content-Range", $"{offset}-{content.Size - 1}");
                }

                return body;
            },
        };
        using HttpResponseMessage answer = await client.SendAsync(request, cancellation);
        await client.EnsureAsync(request, answer, $"content '{content.Digest}'", cancellation);
        return LocationOf(answer);
    }

    private async Task FinishAsync(Uri location, CancellationToken cancellation)
    {
        string digest = $"digest={Uri.EscapeDataString(content.Digest.ToString())}";
        string text = location.OriginalString;
        RegistryRequest request = Request(HttpMethod.Put) with
        {
            Location = new Uri(text + (text.Contains('?', StringComparison.Ordinal) ? "&" : "?") + digest, UriKind.RelativeOrAbsolute),
            Retry = false,
            Content = () => new ByteArrayContent([]),
        };
        using HttpResponseMessage answer = await client.SendAsync(request, cancellation);
        await client.EnsureAsync(request, answer, $"content '{content.Digest}'", cancellation);
    }

    // Asks how much arrived; a session the registry forgot is begun anew.
    private async Task<(Uri Location, long Offset)> ResumeAsync(Uri location, CancellationToken cancellation)
    {
        RegistryRequest request = Request(HttpMethod.Get) with { Location = location };
        using HttpResponseMessage answer = await client.SendAsync(request, cancellation);
        if (answer.StatusCode == HttpStatusCode.NoContent && RangeEnd(answer) is { } end && end <= content.Size)
        {
            return (answer.Headers.Location ?? location, end);
        }

        return (await BeginAsync(null, cancellation)
            ?? throw new HullException(ErrorKind.Unavailable, $"The registry '{remote.Registry}' begins no upload."), 0);
    }

    /// <summary>How many bytes a registry has, from <c>Range: 0-99</c> or <c>bytes=0-99</c>; null when it does not say.</summary>
    internal static long? RangeEnd(HttpResponseMessage answer)
    {
        string? text = answer.Headers.TryGetValues("Range", out IEnumerable<string>? values) ? values.FirstOrDefault() : null;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        rest = rest.StartsWith("bytes=", StringComparison.Ordinal) ? rest["bytes=".Length..] : rest;
        return rest.StartsWith("0-", StringComparison.Ordinal)
            && long.TryParse(rest[2..], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long last)
            && last < long.MaxValue
            ? (last == 0 ? 0 : last + 1)
            : null;
    }

    private RegistryRequest Request(HttpMethod method) => new()
    {
        Method = method,
        Registry = RegistryClient.RegistryOf(remote),
        Repository = remote.Repository,
        Actions = "pull,push",
    };

    private Uri LocationOf(HttpResponseMessage answer) => answer.Headers.Location
        ?? throw new HullException(ErrorKind.Unavailable, $"The registry '{remote.Registry}' does not say where an upload goes on.");

    private void Report(TransferStage stage, long current, string? detail = null) =>
        progress?.Report(new TransferEvent(stage, content.Digest, current, content.Size, detail));
}
