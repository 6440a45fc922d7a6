using System.Net;
using System.Net.Http.Headers;

namespace Hull.Image;

/// <summary>Sends requests to registries: finds out how to reach one, logs in, follows redirects, tries again.</summary>
internal sealed class RegistryTransport : IDisposable
{
    private const int MaxRedirects = 5;

    private readonly RegistryOptions _options;
    private readonly CredentialStore _credentials;
    private readonly RegistryConnections _connections;
    private readonly TokenService _tokens;
    private readonly Dictionary<string, Task<Uri>> _endpoints = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock _gate = new();

    internal RegistryTransport(RegistryOptions options, CredentialStore credentials)
    {
        _options = options;
        _credentials = credentials;
        _connections = new RegistryConnections(options);
        _tokens = new TokenService(_connections, options);
    }

    /// <summary>Sends a request and returns the answer as soon as its headers are there, whatever its status.</summary>
    /// <exception cref="HullException">The registry cannot be reached, or wants another login.</exception>
    internal async Task<HttpResponseMessage> SendAsync(RegistryRequest request, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            RetryConditionHeaderValue? asked = null;
            bool last = !request.Retry || attempt >= _options.MaxAttempts;
            try
            {
                HttpResponseMessage answer = await SendOnceAsync(request, cancellation);
                if (last || !RetryPause.IsTransient(answer.StatusCode))
                {
                    return answer;
                }

                asked = answer.Headers.RetryAfter;
                answer.Dispose();
            }
            catch (Exception error) when (error is HttpRequestException or IOException)
            {
                if (last || !RegistryErrors.IsTransient(error))
                {
                    throw RegistryErrors.Connection(request.Registry, error);
                }
            }

            await Task.Delay(RetryPause.Before(attempt, asked, _options), _options.Clock, cancellation);
        }
    }

    /// <summary>Whether a login for this registry is stored.</summary>
    internal async Task<bool> HasCredentialsAsync(RegistryRequest request, CancellationToken cancellation) =>
        await _credentials.FindAsync(request.Registry, request.Repository, cancellation) is not null;

    public void Dispose() => _connections.Dispose();

    private async Task<HttpResponseMessage> SendOnceAsync(RegistryRequest request, CancellationToken cancellation)
    {
        Uri root = await EndpointAsync(request.Registry, cancellation);
        Uri target = request.Location is null ? new Uri(root, request.Path) : new Uri(root, request.Location);
        RefuseIfUnsafe(request, root, target);
        bool atHome = IsSameHost(root, target);
        HttpResponseMessage answer = await SendToAsync(request, target, atHome ? _tokens.Known(request) : null, atHome, cancellation);
        if (answer.StatusCode == HttpStatusCode.Unauthorized && atHome
            && answer.Headers.TryGetValues("WWW-Authenticate", out IEnumerable<string>? challenges))
        {
            Credentials? credentials = await _credentials.FindAsync(request.Registry, request.Repository, cancellation);
            AuthenticationHeaderValue? authorization;
            try
            {
                authorization = await _tokens.AnswerAsync(request, target, challenges, credentials, cancellation);
            }
            catch
            {
                answer.Dispose();
                throw;
            }

            if (authorization is not null)
            {
                answer.Dispose();
                answer = await SendToAsync(request, target, authorization, atHome: true, cancellation);
            }
        }

        return request.Method == HttpMethod.Get || request.Method == HttpMethod.Head
            ? await FollowAsync(request, root, target, answer, cancellation)
            : answer;
    }

    private async Task<HttpResponseMessage> SendToAsync(
        RegistryRequest request, Uri target, AuthenticationHeaderValue? authorization, bool atHome, CancellationToken cancellation)
    {
        using HttpRequestMessage message = request.ToMessage(target, authorization);
        return await _connections.SendAsync(message, atHome ? request.Registry : null, cancellation);
    }

    // A login never leaves the registry's own host, and encryption is never given up on the way.
    private async Task<HttpResponseMessage> FollowAsync(
        RegistryRequest request, Uri root, Uri asked, HttpResponseMessage answer, CancellationToken cancellation)
    {
        Uri at = asked;
        for (int count = 0; answer.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found
            or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect; count++)
        {
            Uri? location = answer.Headers.Location;
            answer.Dispose();
            if (location is null || count >= MaxRedirects)
            {
                throw new HullException(ErrorKind.Unavailable, $"The registry '{request.Registry}' redirects without end.");
            }

            Uri next = new(at, location);
            RefuseIfUnsafe(request, at, next);
            bool atHome = IsSameHost(root, next);
            at = next;
            answer = await SendToAsync(request, next, atHome ? _tokens.Known(request) : null, atHome, cancellation);
        }

        return answer;
    }

    // Where a redirect leads, an upload goes on, or a list's next page is: the registry says it, and may say anything.
    private static void RefuseIfUnsafe(RegistryRequest request, Uri from, Uri next)
    {
        if (next.Scheme is not ("https" or "http") || (from.Scheme == "https" && next.Scheme == "http"))
        {
            throw new HullException(
                ErrorKind.PermissionDenied,
                $"The registry '{request.Registry}' leads on to '{ServerText.Clean($"{next.Scheme}://{next.Authority}")}', which is not encrypted: refused.");
        }
    }

    private static bool IsSameHost(Uri left, Uri right) =>
        left.Scheme == right.Scheme && left.Port == right.Port && left.Host.Equals(right.Host, StringComparison.OrdinalIgnoreCase);

    private Task<Uri> EndpointAsync(string registry, CancellationToken cancellation)
    {
        Uri secure = new($"https://{registry}/");
        if (!_options.AllowsPlain(registry))
        {
            return Task.FromResult(secure);
        }

        lock (_gate)
        {
            if (!_endpoints.TryGetValue(registry, out Task<Uri>? endpoint) || endpoint.IsFaulted || endpoint.IsCanceled)
            {
                endpoint = ProbeAsync(registry, secure, cancellation);
                _endpoints[registry] = endpoint;
            }

            return endpoint;
        }
    }

    // On this machine plain text is the rule, so it is tried first; elsewhere only what cannot be had encrypted is plain.
    private async Task<Uri> ProbeAsync(string registry, Uri secure, CancellationToken cancellation)
    {
        Uri plain = new($"http://{registry}/");
        Uri[] order = RegistryOptions.IsLoopback(registry) ? [plain, secure] : [secure, plain];
        Exception? first = null;
        foreach (Uri root in order)
        {
            try
            {
                using HttpRequestMessage ping = new(HttpMethod.Get, new Uri(root, "v2/"));
                using HttpResponseMessage answer = await _connections.SendAsync(ping, registry, cancellation);
                if (answer.StatusCode != HttpStatusCode.BadRequest)
                {
                    return root; // a TLS server answers plain text with 400, if at all
                }
            }
            catch (Exception error) when (error is HttpRequestException or IOException)
            {
                // The secure answer's failure says more: the plain one only shows that a TLS server was asked in plain text.
                first = first is null || root == secure ? error : first;
            }
        }

        throw RegistryErrors.Connection(registry, first ?? new HttpRequestException(HttpRequestError.InvalidResponse));
    }
}
