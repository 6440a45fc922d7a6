namespace Hull.Image.Tests;

/// <summary>Logins and certificates, against Debian's registry.</summary>
public sealed class LoginTests : IDisposable
{
    // bcrypt of the password below.
    private const string HtpasswdLine = "hull:$2b$04$TcgGPC6pRYiVdVidRUPFG./cHxU2WsI/2ptjS4a47lN7VvEvtrPQO";

    private static readonly Credentials s_right = new() { Username = "hull", Password = "s3cret" };
    private static readonly Credentials s_wrong = new() { Username = "hull", Password = "guess" };

    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Basic_WithTheRightPassword_LetsIn()
    {
        Assert.SkipUnless(RealRegistry.IsInstalled, RealRegistry.SkipReason);
        File.WriteAllText(_scratch.Combine("htpasswd"), HtpasswdLine + "\n");
        using RealRegistry registry = await RealRegistry.StartAsync(auth: $$"""
            auth:
              htpasswd:
                realm: test
                path: {{_scratch.Combine("htpasswd")}}
            """);

        await RunTheWayInAsync(registry, anonymousMayPull: false);
    }

    [Fact]
    public async Task Token_WithTheRightPassword_LetsIn()
    {
        Assert.SkipUnless(RealRegistry.IsInstalled, RealRegistry.SkipReason);
        using TestAuthority authority = new();
        using TokenServer tokens = new(authority.Certificate, "hull", "s3cret");
        authority.WriteAuthority(_scratch.Combine("root.pem"));
        using RealRegistry registry = await RealRegistry.StartAsync(auth: $$"""
            auth:
              token:
                realm: {{tokens.Realm}}
                service: {{TokenServer.Service}}
                issuer: {{TokenServer.Issuer}}
                rootcertbundle: {{_scratch.Combine("root.pem")}}
            """);

        await RunTheWayInAsync(registry, anonymousMayPull: true);
        Assert.Contains(tokens.Requests, request => Uri.UnescapeDataString(request.Path).Contains("scope=repository:app:pull,push", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tls_WithAnAuthorityOfItsOwn_IsTrustedOnlyWhenLaidDown()
    {
        Assert.SkipUnless(RealRegistry.IsInstalled, RealRegistry.SkipReason);
        using TestAuthority authority = new();
        using RealRegistry registry = await StartTlsAsync(authority, "127.0.0.1");
        RegistryOptions options = new() { CertificateDirectories = [_scratch.Combine("certs.d")] };
        using TestClient stranger = new(options);

        HullException error = await Assert.ThrowsAsync<HullException>(() => stranger.Client.CheckAsync(registry.Host, TestClient.Cancellation));
        Assert.Equal(ErrorKind.PermissionDenied, error.Kind);
        Assert.Contains("is not trusted", error.Message, StringComparison.Ordinal);

        Directory.CreateDirectory(_scratch.Combine($"certs.d/{registry.Host}"));
        authority.WriteAuthority(_scratch.Combine($"certs.d/{registry.Host}/ca.crt"));
        using TestClient friend = new(options);
        await friend.Client.CheckAsync(registry.Host, TestClient.Cancellation);
        using TestClient careless = new(new RegistryOptions { VerifyTls = false });
        await careless.Client.CheckAsync(registry.Host, TestClient.Cancellation);
    }

    [Fact]
    public async Task Tls_ForAnotherName_IsNeverTrusted()
    {
        Assert.SkipUnless(RealRegistry.IsInstalled, RealRegistry.SkipReason);
        using TestAuthority authority = new();
        using RealRegistry registry = await StartTlsAsync(authority, "other.test");
        Directory.CreateDirectory(_scratch.Combine($"certs.d/{registry.Host}"));
        authority.WriteAuthority(_scratch.Combine($"certs.d/{registry.Host}/ca.crt"));
        using TestClient client = new(new RegistryOptions { CertificateDirectories = [_scratch.Combine("certs.d")] });

        HullException error = await Assert.ThrowsAsync<HullException>(() => client.Client.CheckAsync(registry.Host, TestClient.Cancellation));
        Assert.Contains("is not trusted", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tls_WithAClientCertificate_ShowsIt()
    {
        Assert.SkipUnless(RealRegistry.IsInstalled, RealRegistry.SkipReason);
        using TestAuthority authority = new();
        using RealRegistry registry = await StartTlsAsync(authority, "127.0.0.1", wantsClient: true);
        string directory = _scratch.Combine($"certs.d/{registry.Host}");
        Directory.CreateDirectory(directory);
        authority.WriteAuthority(Path.Combine(directory, "ca.crt"));
        RegistryOptions options = new() { CertificateDirectories = [_scratch.Combine("certs.d")], MaxAttempts = 1 };

        using (TestClient without = new(options))
        {
            await Assert.ThrowsAsync<HullException>(() => without.Client.CheckAsync(registry.Host, TestClient.Cancellation));
        }

        TestAuthority.Write(authority.Issue("client", client: true), Path.Combine(directory, "me.cert"), Path.Combine(directory, "me.key"));
        using TestClient with = new(options);
        await with.Client.CheckAsync(registry.Host, TestClient.Cancellation);
    }

    private static async Task RunTheWayInAsync(RealRegistry registry, bool anonymousMayPull)
    {
        using TestClient client = new();
        LocalImage image = client.Images.Put(null, TestImages.Make(client.Store, "one"));
        ImageReference name = registry.Reference("app:v1");

        Assert.Equal(
            ErrorKind.PermissionDenied,
            (await Assert.ThrowsAsync<HullException>(() => client.PushAsync(image, name))).Kind);

        await client.Credentials.StoreAsync(registry.Host, s_wrong, TestClient.Cancellation);
        HullException error = await Assert.ThrowsAsync<HullException>(() => client.PushAsync(image, name));
        Assert.Equal(ErrorKind.PermissionDenied, error.Kind);
        Assert.Contains("does not accept the login", error.Message, StringComparison.Ordinal);

        await client.Credentials.StoreAsync(registry.Host, s_right, TestClient.Cancellation);
        await client.Client.CheckAsync(registry.Host, TestClient.Cancellation);
        await client.PushAsync(image, name);
        await client.PullAsync(name);

        using TestClient anonymous = new();
        Task<LocalImage> pull = anonymous.PullAsync(name);
        if (anonymousMayPull)
        {
            await pull;
        }
        else
        {
            await Assert.ThrowsAsync<HullException>(() => pull);
        }
    }

    private Task<RealRegistry> StartTlsAsync(TestAuthority authority, string name, bool wantsClient = false)
    {
        TestAuthority.Write(authority.Issue(name), _scratch.Combine("server.pem"), _scratch.Combine("server.key"));
        authority.WriteAuthority(_scratch.Combine("clients.pem"));
        return RealRegistry.StartAsync(tls: $"""
              tls:
                certificate: {_scratch.Combine("server.pem")}
                key: {_scratch.Combine("server.key")}
                {(wantsClient ? $"clientcas: [{_scratch.Combine("clients.pem")}]" : "")}
            """);
    }
}
