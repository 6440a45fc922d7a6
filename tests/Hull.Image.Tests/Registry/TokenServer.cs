using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Hull.Image.Tests;

/// <summary>A token service whose tokens Debian's registry believes. Source: distribution project, "Token Authentication".</summary>
internal sealed class TokenServer : IDisposable
{
    internal const string Service = "test-registry";
    internal const string Issuer = "test-issuer";

    private readonly FakeRegistry _server;
    private readonly X509Certificate2 _certificate;
    private readonly string _user;
    private readonly string _password;

    internal TokenServer(X509Certificate2 certificate, string user, string password)
    {
        _certificate = certificate;
        _user = user;
        _password = password;
        _server = new FakeRegistry(Answer);
    }

    internal string Realm => $"http://{_server.Host}/token";

    internal IEnumerable<FakeRequest> Requests => _server.Requests;

    public void Dispose() => _server.Dispose();

    private static string Base64Url(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    // Anonymous users may pull, the user may push as well, everybody else gets nothing.
    private FakeAnswer Answer(FakeRequest request)
    {
        string basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_user}:{_password}"));
        if (request["Authorization"] is { } given && given != basic)
        {
            return new FakeAnswer(401, """{"errors":[{"code":"UNAUTHORIZED","message":"wrong password"}]}""");
        }

        string query = Uri.UnescapeDataString(request.Path[(request.Path.IndexOf('?', StringComparison.Ordinal) + 1)..]);
        JsonArray access = [];
        foreach (string part in query.Split('&').Where(part => part.StartsWith("scope=repository:", StringComparison.Ordinal)))
        {
            string[] scope = part["scope=".Length..].Split(':');
            JsonArray actions = [JsonValue.Create("pull")];
            if (request["Authorization"] == basic && scope[2].Contains("push", StringComparison.Ordinal))
            {
                actions.Add(JsonValue.Create("push"));
            }

            access.Add(new JsonObject { ["type"] = scope[0], ["name"] = scope[1], ["actions"] = actions });
        }

        return new FakeAnswer(200, new JsonObject { ["token"] = Sign(access), ["expires_in"] = 300 }.ToJsonString());
    }

    private string Sign(JsonArray access)
    {
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        JsonObject header = new()
        {
            ["typ"] = "JWT",
            ["alg"] = "RS256",
            ["x5c"] = new JsonArray(JsonValue.Create(Convert.ToBase64String(_certificate.RawData))),
        };
        JsonObject claims = new()
        {
            ["iss"] = Issuer,
            ["sub"] = _user,
            ["aud"] = Service,
            ["exp"] = now + 300,
            ["nbf"] = now - 10,
            ["iat"] = now,
            ["jti"] = now.ToString(CultureInfo.InvariantCulture),
            ["access"] = access,
        };
        string signed = Base64Url(Encoding.UTF8.GetBytes(header.ToJsonString())) + "." + Base64Url(Encoding.UTF8.GetBytes(claims.ToJsonString()));
        using RSA key = _certificate.GetRSAPrivateKey()!;
        return signed + "." + Base64Url(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }
}
