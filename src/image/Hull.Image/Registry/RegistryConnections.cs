using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Hull.Image;

/// <summary>Connections to hosts, one pool a host, made when first needed: nothing here runs before a transfer.</summary>
internal sealed class RegistryConnections(RegistryOptions options) : IDisposable
{
    private const int HeaderKibibytes = 64;

    private readonly Dictionary<string, HttpMessageInvoker> _pools = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock _gate = new();

    /// <summary>Sends one request to its host. Redirects, logins and retries are the caller's.</summary>
    /// <param name="request">The request.</param>
    /// <param name="registry">The registry this is for, when the host is the registry itself and not one it pointed to.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    internal async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string? registry, CancellationToken cancellation)
    {
        string host = request.RequestUri?.Authority ?? "";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (request.Content is null)
        {
            limit.CancelAfter(options.AnswerTimeout);
        }

        try
        {
            return await PoolOf(registry ?? host, host, registry is not null).SendAsync(request, limit.Token);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, "The host did not answer in time.", error);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (HttpMessageInvoker pool in _pools.Values)
            {
                pool.Dispose();
            }

            _pools.Clear();
        }
    }

    private HttpMessageInvoker PoolOf(string key, string host, bool isRegistry)
    {
        lock (_gate)
        {
            string name = isRegistry ? "registry " + key : key;
            if (!_pools.TryGetValue(name, out HttpMessageInvoker? pool))
            {
                pool = new HttpMessageInvoker(Handler(host, isRegistry ? options.AllowsUntrusted(key) : !options.VerifyTls));
                _pools.Add(name, pool);
            }

            return pool;
        }
    }

    private SocketsHttpHandler Handler(string host, bool allowUntrusted)
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.AnswerTimeout,
            MaxResponseHeadersLength = HeaderKibibytes,
            MaxConnectionsPerServer = 16,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
            UseProxy = !RegistryOptions.IsLoopback(host),
            ActivityHeadersPropagator = null,
        };
        handler.SslOptions = Tls(host, allowUntrusted);
        return handler;
    }

    private SslClientAuthenticationOptions Tls(string host, bool allowUntrusted)
    {
        RegistryCertificates certificates = RegistryCertificates.Load(host, options.CertificateDirectories);
        SslClientAuthenticationOptions tls = new()
        {
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                allowUntrusted || certificates.Accept(certificate, chain, errors),
        };
        if (certificates.Own.Count > 0)
        {
            tls.ClientCertificates = certificates.Own;
            tls.LocalCertificateSelectionCallback = (_, _, own, _, _) => own[0];
        }

        return tls;
    }
}
