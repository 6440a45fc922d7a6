using System.Net.Http.Headers;
using System.Text;

namespace Hull.Image;

/// <summary>Turns a registry's challenge into the header that answers it; keeps tokens while they live.</summary>
/// <remarks>Source: distribution project, "Token Authentication Specification" and "Oauth2 Token Authentication".</remarks>
internal sealed class TokenService(RegistryConnections connections, RegistryOptions options)
{
    private const int MaxTokenBytes = 1024 * 1024;
    private const int DefaultLifetimeSeconds = 60;
    private const int SafetySeconds = 10;

    private readonly Dictionary<string, (AuthenticationHeaderValue Header, DateTimeOffset Until)> _known = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>The header that worked for such a request before; null when there is none or it expired.</summary>
    internal AuthenticationHeaderValue? Known(RegistryRequest request)
    {
        lock (_gate)
        {
            return _known.TryGetValue(KeyOf(request), out (AuthenticationHeaderValue Header, DateTimeOffset Until) known)
                && known.Until > options.Clock.GetUtcNow()
                ? known.Header
                : null;
        }
    }

    /// <summary>Answers the challenges of a refusal.</summary>
    /// <returns>Null when none of them can be answered with these credentials.</returns>
    /// <exception cref="HullException">The token service refuses, or may not be trusted with credentials.</exception>
    internal async Task<AuthenticationHeaderValue?> AnswerAsync(
        RegistryRequest request, Uri asked, IEnumerable<string> headers, Credentials? credentials, CancellationToken cancellation)
    {
        AuthChallenge[] challenges = [.. headers.SelectMany(AuthChallenge.Parse)];
        if (challenges.FirstOrDefault(challenge => challenge.Scheme == "bearer") is { } bearer)
        {
            if (credentials?.RegistryToken is { } ready)
            {
                return Remember(request, new AuthenticationHeaderValue("Bearer", ready), DateTimeOffset.MaxValue);
            }

            return await BuyAsync(request, asked, bearer, credentials, cancellation);
        }

        return challenges.Any(challenge => challenge.Scheme == "basic") && credentials is { Username: not null, Password: not null }
            ? Remember(request, Basic(credentials), DateTimeOffset.MaxValue)
            : null;
    }

    private static AuthenticationHeaderValue Basic(Credentials credentials) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credentials.Username}:{credentials.Password}")));

    private static string KeyOf(RegistryRequest request) => $"{request.Registry} {request.Scope}";

    private static string Query(params (string Name, string? Value)[] pairs) => string.Join('&', pairs
        .Where(pair => !string.IsNullOrEmpty(pair.Value))
        .Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value ?? "")}"));

    private async Task<AuthenticationHeaderValue> BuyAsync(
        RegistryRequest request, Uri asked, AuthChallenge challenge, Credentials? credentials, CancellationToken cancellation)
    {
        Uri realm = TrustedRealm(request, asked, challenge["realm"]);
        string? scope = challenge["scope"] is { Length: > 0 } named ? named : request.Scope;
        string? service = challenge["service"];
        using HttpRequestMessage message = credentials?.IdentityToken is { } refresh
            ? new HttpRequestMessage(HttpMethod.Post, realm)
            {
                Content = new StringContent(
                    Query(
                        ("grant_type", "refresh_token"), ("service", service), ("scope", scope), ("client_id", "hull"),
                        ("refresh_token", refresh)),
                    new MediaTypeHeaderValue("application/x-www-form-urlencoded")),
            }
            : new HttpRequestMessage(HttpMethod.Get, WithQuery(
                realm, Query(("service", service), ("scope", scope), ("account", credentials?.Username))));
        if (credentials is { IdentityToken: null, Username: not null, Password: not null })
        {
            message.Headers.Authorization = Basic(credentials);
        }

        message.Headers.TryAddWithoutValidation("User-Agent", "hull");
        string? registryHost = realm.Authority.Equals(asked.Authority, StringComparison.OrdinalIgnoreCase) ? request.Registry : null;
        using HttpResponseMessage answer = await connections.SendAsync(message, registryHost, cancellation);
        if (!answer.IsSuccessStatusCode)
        {
            if (RetryPause.IsTransient(answer.StatusCode))
            {
                throw new HttpRequestException($"Token service: {(int)answer.StatusCode}.", null, answer.StatusCode);
            }

            string said = await HttpBody.FailureAsync(answer, options.AnswerTimeout, cancellation);
            throw RegistryErrors.LoginRefused(request, credentials is not null, said);
        }

        TokenAnswer? token = await HttpBody.ReadJsonAsync(
            answer, MaxTokenBytes, RegistryJson.Default.TokenAnswer, options.AnswerTimeout, cancellation);
        string text = token?.Token is { Length: > 0 } first ? first : token?.AccessToken ?? "";
        if (text.Length == 0 || text.Any(c => c is <= ' ' or > '~'))
        {
            throw new HullException(ErrorKind.Unavailable, $"The token service '{realm.Host}' of the registry '{request.Registry}' answers without a token.");
        }

        double seconds = Math.Clamp(token?.ExpiresIn ?? DefaultLifetimeSeconds, DefaultLifetimeSeconds, TimeSpan.FromDays(1).TotalSeconds);
        return Remember(
            request, new AuthenticationHeaderValue("Bearer", text), options.Clock.GetUtcNow().AddSeconds(seconds - SafetySeconds));
    }

    // Credentials go to the realm. Over plain text they may only go where the registry itself is plain text by decision; that
    // a registry on this machine needs no encryption decides nothing about other machines.
    private Uri TrustedRealm(RegistryRequest request, Uri asked, string? realm)
    {
        if (!Uri.TryCreate(realm, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("https" or "http") || uri.UserInfo.Length > 0)
        {
            throw new HullException(ErrorKind.Unavailable, $"The registry '{request.Registry}' asks for a login at '{ServerText.Clean(realm)}', which is no web address.");
        }

        return uri.Scheme == "https" || options.AllowsPlain(uri.Authority)
            || (asked.Scheme == "http" && !RegistryOptions.IsLoopback(asked.Authority))
            ? uri
            : throw new HullException(
                ErrorKind.PermissionDenied, $"The registry '{request.Registry}' asks for a login at '{uri.Authority}' without encryption, which is refused.");
    }

    private static Uri WithQuery(Uri realm, string query)
    {
        string own = realm.Query.TrimStart('?');
        return new UriBuilder(realm) { Query = own.Length > 0 && query.Length > 0 ? $"{own}&{query}" : own + query }.Uri;
    }

    private AuthenticationHeaderValue Remember(RegistryRequest request, AuthenticationHeaderValue header, DateTimeOffset until)
    {
        lock (_gate)
        {
            _known[KeyOf(request)] = (header, until);
        }

        return header;
    }
}
