using System.Net;
using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>Speaks with registries. Source: OCI distribution specification 1.1, and the distribution project's API v2.</summary>
/// <remarks>
/// Everything a registry answers is bounded and checked; every failure is one sentence. Connections are opened when first
/// needed and kept until this object is disposed. Thread-safe.
/// </remarks>
public sealed class RegistryClient : IDisposable
{
    private const int MaxListBytes = 16 * 1024 * 1024;
    private const int MaxListPages = 10_000;
    private const int MaxListNames = 1_000_000;
    private const int PageSize = 1000;
    private const string ManifestTypes =
        $"{MediaTypes.Index}, {MediaTypes.Manifest}, {MediaTypes.DockerManifestList}, {MediaTypes.DockerManifest}";

    private readonly RegistryTransport _transport;

    /// <summary>Uses the configured registries.</summary>
    /// <param name="options">How they are reached.</param>
    /// <param name="credentials">Logins.</param>
    public RegistryClient(RegistryOptions options, CredentialStore credentials)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(credentials);
        Options = options;
        Credentials = credentials;
        _transport = new RegistryTransport(options, credentials);
    }

    /// <summary>How registries are reached.</summary>
    public RegistryOptions Options { get; }

    /// <summary>Logins.</summary>
    public CredentialStore Credentials { get; }

    /// <summary>Asks a registry whether it is there and lets this user in; what <c>login</c> does before it stores anything.</summary>
    /// <exception cref="HullException">It is not, or does not.</exception>
    public async Task CheckAsync(string registry, CancellationToken cancellation)
    {
        RegistryRequest request = new() { Method = HttpMethod.Get, Registry = registry, Path = "v2/" };
        using HttpResponseMessage answer = await _transport.SendAsync(request, cancellation);
        await EnsureAsync(request, answer, "API version 2", cancellation);
    }

    /// <summary>The digest a name stands for at its registry, without the content.</summary>
    /// <returns>Null when there is no such name, or the registry does not say.</returns>
    /// <exception cref="HullException">The registry cannot be asked.</exception>
    public async Task<Digest?> ResolveDigestAsync(ImageReference reference, CancellationToken cancellation)
    {
        RegistryRequest request = ManifestRequest(HttpMethod.Head, Options.Resolve(reference));
        using HttpResponseMessage answer = await _transport.SendAsync(request, cancellation);
        return answer.IsSuccessStatusCode && DigestOf(answer) is { } digest ? digest : null;
    }

    /// <summary>Fetches the manifest or index a name stands for.</summary>
    /// <exception cref="HullException">It is not there, not allowed, too long, or not what its digest says.</exception>
    public async Task<RemoteManifest> GetManifestAsync(ImageReference reference, CancellationToken cancellation)
    {
        ImageReference remote = Options.Resolve(reference);
        RegistryRequest request = ManifestRequest(HttpMethod.Get, remote);
        using HttpResponseMessage answer = await _transport.SendAsync(request, cancellation);
        await EnsureAsync(request, answer, $"image '{remote}'", cancellation);
        byte[] content = await GuardAsync(request.Registry, async () =>
            await HttpBody.ReadAsync(answer, ImageDocuments.MaxManifestBytes, Options.StallTimeout, cancellation), cancellation)
            ?? throw new HullException(
                ErrorKind.DataLoss, $"The manifest of '{remote}' is longer than {ImageDocuments.MaxManifestBytes} bytes.");
        Digest digest = Hashing.DigestOf(remote.Digest?.Algorithm ?? "sha256", content);
        if ((remote.Digest ?? DigestOf(answer)) is { } promised && promised.Algorithm == digest.Algorithm && promised != digest)
        {
            throw new HullException(
                ErrorKind.DataLoss, $"The manifest of '{remote}' is damaged: it was announced as '{promised}' and has the digest '{digest}'.");
        }

        return new RemoteManifest(TypeOf(remote, answer, content), digest, content);
    }

    /// <summary>Opens content for download.</summary>
    /// <param name="repository">A name in the repository that has it; tag and digest do not matter.</param>
    /// <param name="digest">The content.</param>
    /// <param name="offset">First byte wanted. A registry may start anew all the same: see <see cref="RemoteBlob.Offset"/>.</param>
    /// <param name="cancellation">Ends the transfer.</param>
    /// <exception cref="HullException">It is not there or not allowed.</exception>
    public async Task<RemoteBlob> OpenBlobAsync(
        ImageReference repository, Digest digest, long offset, CancellationToken cancellation)
    {
        ImageReference remote = Options.Resolve(repository);
        RegistryRequest request = BlobRequest(HttpMethod.Get, remote, digest) with { Offset = offset };
        HttpResponseMessage answer = await _transport.SendAsync(request, cancellation);
        try
        {
            if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && offset > 0)
            {
                answer.Dispose();
                return await OpenBlobAsync(repository, digest, 0, cancellation);
            }

            await EnsureAsync(request, answer, $"content '{digest}' in the repository '{remote.Repository}'", cancellation);
            bool partial = answer.StatusCode == HttpStatusCode.PartialContent && offset > 0;
            if (partial && answer.Content.Headers.ContentRange?.From != offset)
            {
                throw new HullException(
                    ErrorKind.DataLoss, $"The registry '{remote.Registry}' sends another part of '{digest}' than it was asked for.");
            }

            return new RemoteBlob(answer, await answer.Content.ReadAsStreamAsync(cancellation), partial ? offset : 0);
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    /// <summary>Lists the tags of a repository.</summary>
    /// <exception cref="HullException">The registry does not list them.</exception>
    public async Task<IReadOnlyList<string>> ListTagsAsync(ImageReference repository, CancellationToken cancellation)
    {
        ImageReference remote = Options.Resolve(repository);
        return await ListAsync(
            new RegistryRequest
            {
                Method = HttpMethod.Get,
                Registry = RegistryOf(remote),
                Repository = remote.Repository,
                Path = $"v2/{remote.Repository}/tags/list?n={PageSize}",
            },
            $"repository '{remote.Repository}'",
            async answer => (await HttpBody.ReadJsonAsync(
                answer, MaxListBytes, RegistryJson.Default.TagList, Options.StallTimeout, cancellation))?.Tags,
            tag => ReferenceGrammar.IsTag(tag),
            cancellation);
    }

    /// <summary>Lists the repositories of a registry, where it allows that.</summary>
    /// <exception cref="HullException">The registry does not list them.</exception>
    public async Task<IReadOnlyList<string>> ListRepositoriesAsync(string registry, CancellationToken cancellation) => await ListAsync(
        new RegistryRequest { Method = HttpMethod.Get, Registry = registry, Path = $"v2/_catalog?n={PageSize}" },
        "list of repositories",
        async answer => (await HttpBody.ReadJsonAsync(
            answer, MaxListBytes, RegistryJson.Default.RepositoryList, Options.StallTimeout, cancellation))?.Repositories,
        name => ReferenceGrammar.TrySplitName(name, out _, out _, out _),
        cancellation);

    /// <inheritdoc/>
    public void Dispose() => _transport.Dispose();

    internal static string RegistryOf(ImageReference remote) =>
        remote.Registry ?? throw new ArgumentException("The reference was not resolved.", nameof(remote));

    internal static RegistryRequest BlobRequest(HttpMethod method, ImageReference remote, Digest digest) => new()
    {
        Method = method,
        Registry = RegistryOf(remote),
        Repository = remote.Repository,
        Path = $"v2/{remote.Repository}/blobs/{digest}",
    };

    internal static RegistryRequest ManifestRequest(HttpMethod method, ImageReference remote) => new()
    {
        Method = method,
        Registry = RegistryOf(remote),
        Repository = remote.Repository,
        Path = $"v2/{remote.Repository}/manifests/{remote.Digest?.ToString() ?? remote.Tag}",
        Accept = ManifestTypes,
    };

    internal static Digest? DigestOf(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues("Docker-Content-Digest", out IEnumerable<string>? values)
        && Digest.TryParse(values.FirstOrDefault(), out Digest digest) ? digest : null;

    internal Task<HttpResponseMessage> SendAsync(RegistryRequest request, CancellationToken cancellation) =>
        _transport.SendAsync(request, cancellation);

    /// <summary>Turns an answer that is no success into an exception; the caller still disposes it.</summary>
    internal async Task EnsureAsync(RegistryRequest request, HttpResponseMessage answer, string subject, CancellationToken cancellation)
    {
        if (!answer.IsSuccessStatusCode)
        {
            string said = await HttpBody.FailureAsync(answer, Options.AnswerTimeout, cancellation);
            bool loggedIn = answer.StatusCode == HttpStatusCode.Unauthorized && await _transport.HasCredentialsAsync(request, cancellation);
            throw RegistryErrors.Status(request, answer.StatusCode, said, subject, loggedIn);
        }
    }

    /// <summary>Runs the reading of an answer; what breaks it becomes a sentence.</summary>
    internal static async Task<T> GuardAsync<T>(string registry, Func<Task<T>> read, CancellationToken cancellation)
    {
        try
        {
            return await read();
        }
        catch (Exception error) when (error is HttpRequestException or IOException
            || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw RegistryErrors.Connection(registry, error);
        }
    }

    // What the header says and what the document says must agree, or two readers would see two images (CVE-2021-41190).
    private static string TypeOf(ImageReference remote, HttpResponseMessage answer, byte[] content)
    {
        string? said = answer.Content.Headers.ContentType?.MediaType;
        if (said is MediaTypes.DockerManifestSchema1 or MediaTypes.DockerManifestSchema1Signed)
        {
            throw new HullException(
                ErrorKind.Unimplemented, $"The image '{remote}' has a manifest of the old schema 1: push it again with a newer program.");
        }

        string? found = ImageDocuments.Sniff(content);
        bool known = MediaTypes.IsIndex(said) || MediaTypes.IsManifest(said);
        return (known ? said : found) is { } type && (found is null || MediaTypes.IsIndex(found) == MediaTypes.IsIndex(type))
            ? type
            : throw new HullException(ErrorKind.DataLoss, $"The manifest of '{remote}' is not what the registry says it is.");
    }

    private async Task<IReadOnlyList<string>> ListAsync(
        RegistryRequest first,
        string subject,
        Func<HttpResponseMessage, Task<IReadOnlyList<string?>?>> read,
        Func<string, bool> accept,
        CancellationToken cancellation)
    {
        List<string> all = [];
        RegistryRequest? request = first;
        for (int page = 0; request is not null; page++)
        {
            using HttpResponseMessage answer = await _transport.SendAsync(request, cancellation);
            await EnsureAsync(request, answer, subject, cancellation);
            IReadOnlyList<string?>? names = await GuardAsync(request.Registry, () => read(answer), cancellation);
            all.AddRange((names ?? []).OfType<string>().Where(accept));
            if (all.Count > MaxListNames)
            {
                throw new HullException(
                    ErrorKind.ResourceExhausted, $"The registry '{request.Registry}' lists more than {MaxListNames} names of the {subject}.");
            }

            request = page < MaxListPages && names is { Count: > 0 } && LinkHeader.Next(answer.Headers) is { } next
                ? first with { Location = next }
                : null;
        }

        return all;
    }
}
