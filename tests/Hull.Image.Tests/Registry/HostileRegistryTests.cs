using System.Globalization;
using Hull.Oci.Image;

namespace Hull.Image.Tests;

/// <summary>Registries that break off, lie, or never end: one clear sentence each, and nothing half-registered.</summary>
public sealed class HostileRegistryTests
{
    private readonly FakeImage _image = new();

    [Fact]
    public async Task Pull_OfABlobThatBreaksOff_GoesOnWhereItStopped()
    {
        int asked = 0;
        using FakeRegistry registry = new(request =>
        {
            if (!_image.IsLayer(request))
            {
                return _image.Answer(request);
            }

            int from = request["Range"] is { } range ? int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture) : 0;
            FakeAnswer part = from == 0
                ? new FakeAnswer(200, _image.Layer)
                : new FakeAnswer(206, _image.Layer[from..])
                    .With("Content-Range", string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{_image.Layer.Length - 1}/{_image.Layer.Length}"));
            return ++asked <= 2 ? part with { CutAfter = 30_000 } : part;
        });
        using TestClient client = new();

        LocalImage image = await client.PullAsync(registry.Reference("app:v1"));

        Assert.Equal(_image.LayerDigest, image.Layers[0].Descriptor.Digest);
        Assert.Equal(
            [null, "bytes=30000-", "bytes=60000-"],
            registry.Requests.Where(_image.IsLayer).Select(request => request["Range"]));
    }

    [Fact]
    public async Task Pull_WhenTheRegistryIgnoresRanges_BeginsAnew()
    {
        int asked = 0;
        using FakeRegistry registry = new(request =>
            _image.IsLayer(request) && ++asked == 1 ? new FakeAnswer(200, _image.Layer) { CutAfter = 30_000 } : _image.Answer(request));
        using TestClient client = new();

        LocalImage image = await client.PullAsync(registry.Reference("app:v1"));

        Assert.Equal(_image.Layer, client.Store.ReadAll(image.Layers[0].Descriptor.Digest, 1_000_000));
    }

    [Fact]
    public async Task Pull_WhenTheTokenEndsOnTheWay_BuysAnother()
    {
        // Each token is good for two requests, and the layer breaks off twice.
        int bought = 0;
        int left = 0;
        int cut = 0;
        FakeRegistry? registry = null;
        FakeAnswer Answer(FakeRequest request)
        {
            if (request.Path.StartsWith("/token", StringComparison.Ordinal))
            {
                left = 2;
                return new FakeAnswer(200, $$"""{"token":"t{{++bought}}","expires_in":3600}""");
            }

            if (request["Authorization"] != $"Bearer t{bought}" || left-- <= 0)
            {
                return new FakeAnswer(401, "{}").With("WWW-Authenticate", $"Bearer realm=\"http://{registry!.Host}/token\",service=\"s\",scope=\"repository:app:pull\"");
            }

            return _image.IsLayer(request) && ++cut <= 2 ? _image.Answer(request) with { CutAfter = 1000 } : _image.Answer(request);
        }

        using (registry = new FakeRegistry(Answer))
        {
            using TestClient client = new(new RegistryOptions { ParallelTransfers = 1 });

            LocalImage image = await client.PullAsync(registry.Reference("app:v1"));

            Assert.Equal(_image.Layer, client.Store.ReadAll(image.Layers[0].Descriptor.Digest, 1_000_000));
            Assert.True(bought >= 2, $"{bought} tokens were bought.");
        }
    }

    [Fact]
    public async Task Push_ThatBreaksOff_GoesOnWhereItStopped()
    {
        List<FakeRequest> parts = [];
        using FakeRegistry registry = new(request => request switch
        {
            { Method: "HEAD" } => new FakeAnswer(404),
            { Method: "POST" } => new FakeAnswer(202).With("Location", "/v2/app/blobs/uploads/one?state=a"),
            { Method: "PATCH" } when request.Body.Length > 2000 && Add(parts, request) == 1 => new FakeAnswer(503),
            { Method: "PATCH" } => new FakeAnswer(202).With("Location", "/v2/app/blobs/uploads/one?state=c"),
            { Method: "GET", Path: not "/v2/" } => new FakeAnswer(204).With("Range", "0-1999").With("Location", "/v2/app/blobs/uploads/one?state=b"),
            _ => new FakeAnswer(request.Method == "PUT" ? 201 : 200),
        });
        using TestClient client = new(new RegistryOptions { ParallelTransfers = 1 });
        LocalImage image = client.Images.Put(ImageReference.Parse("app:v1"), TestImages.Make(client.Store, "one", layers: 1, layerBytes: 50_000));
        byte[] layer = client.Store.ReadAll(image.Layers[0].Descriptor.Digest, 1_000_000);

        await client.PushAsync(image, registry.Reference("app:v1"));

        Assert.Equal(layer, parts[0].Body);
        Assert.Equal(layer[2000..], parts[1].Body);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"2000-{layer.Length - 1}"), parts[1]["Content-Range"]);
        Assert.Contains("state=b", parts[1].Path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://elsewhere.test/upload")]
    [InlineData("file:///etc/passwd")]
    public async Task Push_ThatIsLedToNoWebServer_IsOneSentence(string location)
    {
        using FakeRegistry registry = new(request => request switch
        {
            { Method: "HEAD" } => new FakeAnswer(404),
            { Method: "POST" } => new FakeAnswer(202).With("Location", location),
            _ => new FakeAnswer(200),
        });
        using TestClient client = new();
        LocalImage image = client.Images.Put(ImageReference.Parse("app:v1"), TestImages.Make(client.Store, "one"));

        HullException error = await Assert.ThrowsAsync<HullException>(() => client.PushAsync(image, registry.Reference("app:v1")));

        Assert.Equal(ErrorKind.PermissionDenied, error.Kind);
    }

    [Fact]
    public async Task Pull_OfTheOldSchema_IsOneSentence()
    {
        using FakeRegistry registry = new(request => request.Path.Contains("manifests", StringComparison.Ordinal)
            ? FakeImage.OfText("""{"schemaVersion":1,"name":"app","tag":"v1","fsLayers":[],"history":[]}""", MediaTypes.DockerManifestSchema1Signed)
            : new FakeAnswer(200));
        using TestClient client = new();

        await FailsAsync(client, registry, ErrorKind.Unimplemented, "schema 1");
    }

    [Fact]
    public async Task Pull_OfALayerThatMayNotBeDistributed_SaysSo()
    {
        byte[] manifest = ImageDocuments.Write(ImageDocuments.ReadManifest(_image.Manifest) with
        {
            Layers =
            [
                new Descriptor { MediaType = MediaTypes.LayerForeignGzip, Digest = _image.LayerDigest, Size = _image.Layer.Length, Urls = ["http://127.0.0.1:9/secret"] },
            ],
        });
        using FakeRegistry registry = new(request => request.Path.Contains("manifests", StringComparison.Ordinal)
            ? FakeImage.OfManifest(manifest)
            : _image.IsLayer(request) ? new FakeAnswer(404) : _image.Answer(request));
        using TestClient client = new();

        await FailsAsync(client, registry, ErrorKind.Unimplemented, "may not be distributed");
    }

    [Fact]
    public async Task Pull_OfAnIndex_TakesThePlatformThatWasAskedFor()
    {
        FakeImage other = new(layerBytes: 5000);
        string index = $$$"""
            {"schemaVersion":2,"mediaType":"{{{MediaTypes.Index}}}","manifests":[
             {"mediaType":"{{{MediaTypes.Manifest}}}","digest":"{{{Digest.OfSha256(_image.Manifest)}}}","size":{{{_image.Manifest.Length}}},"platform":{"os":"linux","architecture":"amd64"}},
             {"mediaType":"{{{MediaTypes.Manifest}}}","digest":"{{{Digest.OfSha256(other.Manifest)}}}","size":{{{other.Manifest.Length}}},"platform":{"os":"linux","architecture":"arm64","variant":"v8"}}]}
            """;
        using FakeRegistry registry = new(request => request.Path.EndsWith("manifests/v1", StringComparison.Ordinal) ? FakeImage.OfText(index)
            : request.Path.EndsWith(Digest.OfSha256(other.Manifest).ToString(), StringComparison.Ordinal) ? FakeImage.OfManifest(other.Manifest)
            : _image.Answer(request) is { Status: 200 } answer ? answer : other.Answer(request));
        using TestClient client = new();

        LocalImage native = await client.Puller.PullAsync(registry.Reference("app:v1"), Platform.Parse("linux/amd64"), null, TestClient.Cancellation);
        LocalImage foreign = await client.Puller.PullAsync(registry.Reference("app:v1"), Platform.Parse("linux/arm64"), null, TestClient.Cancellation);

        Assert.Equal(_image.LayerDigest, native.Layers[0].Descriptor.Digest);
        Assert.Equal(other.LayerDigest, foreign.Layers[0].Descriptor.Digest);
    }

    [Fact]
    public async Task Pull_OfABlobThatNeverGetsWhole_GivesUpAndKeepsWhatCame()
    {
        using FakeRegistry registry = new(request => _image.IsLayer(request)
            ? new FakeAnswer(200, _image.Layer) { CutAfter = 1000 }
            : _image.Answer(request));
        using TestClient client = new();

        await FailsAsync(client, registry, ErrorKind.Unavailable, "broke off");
        Assert.Equal(1, client.Store.Usage().PartialBlobs);
    }

    [Fact]
    public async Task Pull_AfterAnEarlierAttemptLeftBadBytes_RepairsItself()
    {
        using FakeRegistry registry = new(request => _image.IsLayer(request) && request["Range"] is { } range
            ? new FakeAnswer(206, _image.Layer[1000..]).With("Content-Range", $"bytes 1000-{_image.Layer.Length - 1}/{_image.Layer.Length}")
            : _image.Answer(request));
        using TestClient client = new();
        File.WriteAllBytes(Path.Combine(client.Store.Root, "ingest", $"sha256-{_image.LayerDigest.Hex}"), new byte[1000]);

        LocalImage image = await client.PullAsync(registry.Reference("app:v1"));

        Assert.Equal(_image.Layer, client.Store.ReadAll(image.Layers[0].Descriptor.Digest, 1_000_000));
        Assert.Equal(0, client.Store.Usage().PartialBlobs);
    }

    [Fact]
    public async Task Pull_OfOtherBytesThanPromised_IsRefused()
    {
        byte[] evil = [.. _image.Layer];
        evil[500] ^= 1;
        using FakeRegistry registry = new(request => _image.IsLayer(request) ? new FakeAnswer(200, evil) : _image.Answer(request));
        using TestClient client = new();

        await FailsAsync(client, registry, ErrorKind.DataLoss, "is damaged");
        Assert.Equal(0, client.Store.Usage().PartialBlobs);
    }

    [Fact]
    public async Task Pull_OfABlobWithoutEnd_StopsAtItsSize()
    {
        using FakeRegistry registry = new(request => _image.IsLayer(request)
            ? new FakeAnswer(200, new byte[4096]) { Endless = true }
            : _image.Answer(request));
        using TestClient client = new();

        await FailsAsync(client, registry, ErrorKind.DataLoss, "sends more than");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pull_OfAManifestWithoutEnd_StopsAtTheLimit(bool endless)
    {
        using FakeRegistry registry = new(request => request.Path == "/v2/"
            ? new FakeAnswer(200)
            : new FakeAnswer(200, new byte[endless ? 65536 : ImageDocuments.MaxManifestBytes + 1]) { Endless = endless });
        using TestClient client = new();

        await FailsAsync(client, registry, ErrorKind.DataLoss, "longer than");
    }

    [Fact]
    public async Task Pull_OfAManifestWithAnotherDigest_IsRefused()
    {
        using FakeRegistry registry = new(_image.Answer);
        using TestClient client = new();
        Digest wanted = Digest.OfSha256("other"u8);
        using FakeRegistry lying = new(request => request.Path == "/v2/" ? new FakeAnswer(200) : FakeImage.OfManifest(_image.Manifest));

        HullException error = await Assert.ThrowsAsync<HullException>(() => client.PullAsync(lying.Reference($"app@{wanted}")));

        Assert.Equal(ErrorKind.DataLoss, error.Kind);
        Assert.Empty(client.Images.List());
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Pull_FromABusyRegistry_ComesBackLater(int status)
    {
        int refused = 0;
        using FakeRegistry registry = new(request => request.Path != "/v2/" && ++refused % 2 == 1
            ? new FakeAnswer(status).With("Retry-After", "0")
            : _image.Answer(request));
        using TestClient client = new();

        await client.PullAsync(registry.Reference("app:v1"));

        Assert.Single(client.Images.List());
    }

    [Fact]
    public async Task Pull_FromARegistryThatStaysBusy_GivesUp()
    {
        using FakeRegistry registry = new(request => request.Path == "/v2/" ? new FakeAnswer(200) : new FakeAnswer(429));
        using TestClient client = new(new RegistryOptions { MaxAttempts = 3 });

        await FailsAsync(client, registry, ErrorKind.Unavailable, "limits how often");
        Assert.Equal(3, registry.Requests.Count);
    }

    [Fact]
    public async Task Pull_OfARedirectLoop_Ends()
    {
        using FakeRegistry registry = new(request => request.Path == "/v2/"
            ? new FakeAnswer(200)
            : new FakeAnswer(307).With("Location", request.Path));
        using TestClient client = new();

        await FailsAsync(client, registry, ErrorKind.Unavailable, "redirects without end");
    }

    [Fact]
    public async Task Pull_ThatIsRedirected_DoesNotTakeTheLoginAlong()
    {
        using FakeRegistry storage = new(_image.Answer);
        using FakeRegistry registry = new(request => request["Authorization"] is null
            ? new FakeAnswer(401).With("WWW-Authenticate", "Basic realm=\"x\"")
            : _image.IsLayer(request) ? new FakeAnswer(307).With("Location", $"http://{storage.Host}{request.Path}") : _image.Answer(request));
        using TestClient client = new();
        await client.Credentials.StoreAsync(registry.Host, new Credentials { Username = "u", Password = "p" }, TestClient.Cancellation);

        await client.PullAsync(registry.Reference("app:v1"));

        FakeRequest redirected = Assert.Single(storage.Requests);
        Assert.Null(redirected["Authorization"]);
    }

    [Fact]
    public async Task List_WhoseNextPageIsElsewhereAndRedirectsThere_DoesNotTakeTheLoginAlong()
    {
        using FakeRegistry elsewhere = new(request => request.Path.StartsWith("/page", StringComparison.Ordinal)
            ? new FakeAnswer(307).With("Location", "/again")
            : new FakeAnswer(200, """{"tags":["v2"]}"""));
        FakeAnswer Answer(FakeRequest request) => request["Authorization"] is null
            ? new FakeAnswer(401).With("WWW-Authenticate", "Basic realm=\"x\"")
            : new FakeAnswer(200, """{"tags":["v1"]}""").With("Link", $"<http://{elsewhere.Host}/page>; rel=\"next\"");
        using FakeRegistry registry = new(Answer);
        using TestClient client = new();
        await client.Credentials.StoreAsync(registry.Host, new Credentials { Username = "u", Password = "p" }, TestClient.Cancellation);

        IReadOnlyList<string> tags = await client.Client.ListTagsAsync(registry.Reference("app:v1"), TestClient.Cancellation);

        Assert.Equal(["v1", "v2"], tags);
        Assert.Equal(["/page", "/again"], elsewhere.Requests.Select(request => request.Path));
        Assert.All(elsewhere.Requests, request => Assert.Null(request["Authorization"]));
    }

    [Theory]
    [InlineData("http://auth.test/token", "without encryption")]
    [InlineData("http://user:secret@127.0.0.1/token", "no web address")]
    [InlineData("file:///etc/passwd", "no web address")]
    public async Task Pull_WhoseTokensComeFromSomewhereUnsafe_IsRefused(string realm, string why)
    {
        // That the registry is on this machine and plain text by rule does not make a plain network safe.
        using FakeRegistry registry = new(_ => new FakeAnswer(401, "{}").With("WWW-Authenticate", $"Bearer realm=\"{realm}\",service=\"s\""));
        using TestClient client = new();
        await client.Credentials.StoreAsync(registry.Host, new Credentials { Username = "u", Password = "p" }, TestClient.Cancellation);

        HullException error = await Assert.ThrowsAsync<HullException>(() => client.PullAsync(registry.Reference("app:v1")));

        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_OfABlobThatBeginsAnewEachTime_GivesUp()
    {
        // Each second attempt gets further than the one before it, and never further than any.
        int asked = 0;
        FakeImage image = new(4 << 20);
        using FakeRegistry registry = new(request => image.IsLayer(request)
            ? new FakeAnswer(200, image.Layer) { CutAfter = ++asked % 2 == 0 ? 2 << 20 : 1 << 10 }
            : image.Answer(request));
        using TestClient client = new();

        await FailsAsync(client, registry, ErrorKind.Unavailable, "broke off");

        Assert.InRange(asked, 6, 12);
    }

    [Fact]
    public async Task List_WithoutEnd_StopsAtTheLimit()
    {
        string page = $$"""{"tags":[{{string.Join(',', Enumerable.Repeat("\"v\"", 400_000))}}]}""";
        using FakeRegistry registry = new(_ => new FakeAnswer(200, page).With("Link", "</v2/app/tags/list?n=1>; rel=\"next\""));
        using TestClient client = new();

        HullException error = await Assert.ThrowsAsync<HullException>(
            () => client.Client.ListTagsAsync(registry.Reference("app:v1"), TestClient.Cancellation));

        Assert.Equal((ErrorKind.ResourceExhausted, 3), (error.Kind, registry.Requests.Count));
    }

    [Fact]
    public async Task Pull_WithoutALoginThatIsNeeded_SaysWhatToDo()
    {
        using FakeRegistry registry = new(_ => new FakeAnswer(401).With("WWW-Authenticate", "Basic realm=\"x\""));
        using TestClient client = new();

        await FailsAsync(client, registry, ErrorKind.PermissionDenied, $"use 'hull login {registry.Host}'");
    }

    [Fact]
    public async Task Pull_OfNestedIndexes_EndsAtTheFourth()
    {
        Dictionary<string, byte[]> documents = [];
        byte[] inner = _image.Manifest;
        string type = MediaTypes.Manifest;
        for (int i = 0; i < 8; i++)
        {
            documents[Digest.OfSha256(inner).ToString()] = inner;
            inner = ImageDocuments.Write(new ImageIndex
            {
                MediaType = MediaTypes.Index,
                Manifests = [new Descriptor { MediaType = type, Digest = Digest.OfSha256(inner), Size = inner.Length }],
            });
            type = MediaTypes.Index;
        }

        using FakeRegistry registry = new(request => request.Path.EndsWith("/manifests/v1", StringComparison.Ordinal)
            ? FakeImage.OfManifest(inner, MediaTypes.Index)
            : documents.TryGetValue(request.Path[(request.Path.LastIndexOf('/') + 1)..], out byte[]? found)
                ? FakeImage.OfManifest(found, MediaTypes.Index)
                : _image.Answer(request));
        using TestClient client = new();

        await FailsAsync(client, registry, ErrorKind.DataLoss, "more than 4 indexes");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":null}")]
    [InlineData("{\"schemaVersion\":1,\"manifests\":[]}")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[null]}")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[{}]}")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a\",\"digest\":\"sha256:1\",\"size\":1}]}")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}")]
    public async Task Pull_OfABrokenIndex_IsRefused(string json)
    {
        using FakeRegistry registry = new(request => request.Path == "/v2/" ? new FakeAnswer(200) : FakeImage.OfText(json));
        using TestClient client = new();

        await FailsAsync(client, registry, ErrorKind.DataLoss, "");
    }

    [Fact]
    public async Task Pull_OfDeeplyNestedJson_IsRefused()
    {
        string bomb = "{\"schemaVersion\":2,\"manifests\":" + new string('[', 100_000) + new string(']', 100_000) + "}";
        using FakeRegistry registry = new(request => request.Path == "/v2/" ? new FakeAnswer(200) : FakeImage.OfText(bomb));
        using TestClient client = new();

        await FailsAsync(client, registry, ErrorKind.DataLoss, "");
    }

    [Fact]
    public async Task Pull_FromWhatIsNoWebServer_IsOneSentence()
    {
        using TestClient client = new();
        HullException refused = await Assert.ThrowsAsync<HullException>(() => client.PullAsync(ImageReference.Parse("127.0.0.1:1/app")));

        Assert.Equal("The registry '127.0.0.1:1' cannot be reached: the connection is refused.", refused.Message);
    }

    [Fact]
    public async Task Pull_OfAShortNameWithoutADefault_SaysWhatToSet()
    {
        using TestClient client = new();

        HullException error = await Assert.ThrowsAsync<HullException>(() => client.PullAsync(ImageReference.Parse("debian")));

        Assert.Equal(ErrorKind.FailedPrecondition, error.Kind);
        Assert.Contains("HULL_REGISTRY", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_OfAShortName_UsesTheDefaultAndKeepsTheName()
    {
        using FakeRegistry registry = new(request => _image.Answer(request with { Path = request.Path.Replace("/library/", "/", StringComparison.Ordinal) }));
        using TestClient client = new(new RegistryOptions { DefaultRegistry = registry.Host, DefaultNamespace = "library" });

        LocalImage image = await client.PullAsync(ImageReference.Parse("app:v1"));

        Assert.Equal("app:v1", image.Reference?.ToString());
        Assert.NotNull(client.Images.Find("app:v1"));
        Assert.Contains(registry.Requests, request => request.Path == "/v2/library/app/manifests/v1");
    }

    [Fact]
    public async Task Pull_OfAServersMessage_ShowsItWithoutControlCharacters()
    {
        using FakeRegistry registry = new(request => request.Path == "/v2/"
            ? new FakeAnswer(200)
            : new FakeAnswer(403, "{\"errors\":[{\"message\":\"\\u001b[31mno\\nway " + new string('x', 5000) + "\"}]}"));
        using TestClient client = new();

        HullException error = await FailsAsync(client, registry, ErrorKind.PermissionDenied, "denies access");
        Assert.True(error.Message.Length < 400);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    private static int Add(List<FakeRequest> parts, FakeRequest request)
    {
        parts.Add(request);
        return parts.Count;
    }

    private static async Task<HullException> FailsAsync(TestClient client, FakeRegistry registry, ErrorKind kind, string text)
    {
        HullException error = await Assert.ThrowsAsync<HullException>(() => client.PullAsync(registry.Reference("app:v1")));

        Assert.Equal(kind, error.Kind);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Empty(client.Images.List());
        return error;
    }
}
