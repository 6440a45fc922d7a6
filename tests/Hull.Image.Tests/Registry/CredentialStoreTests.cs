using System.Text;
using System.Text.Json.Nodes;

namespace Hull.Image.Tests;

public sealed class CredentialStoreTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    private string FileName => _scratch.Combine("docker/config.json");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Store_KeepsEverythingElse_AndIsReadableForItsOwnerOnly()
    {
        Directory.CreateDirectory(_scratch.Combine("docker"));
        File.WriteAllText(FileName, """{"auths":{"a.test":{"auth":"YTpi"}},"psFormat":"x","nested":{"n":1.50}}""");
        CredentialStore store = new(FileName);

        await store.StoreAsync("b.test:5000", new Credentials { Username = "u", Password = "p:q" }, Cancellation);

        JsonNode root = JsonNode.Parse(File.ReadAllText(FileName))!;
        Assert.Equal("x", root["psFormat"]!.GetValue<string>());
        Assert.Contains("1.50", File.ReadAllText(FileName), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FileName));
        Assert.Equal("p:q", (await store.FindAsync("b.test:5000", null, Cancellation))?.Password);
        Assert.Equal("a", (await store.FindAsync("a.test", "some/repository", Cancellation))?.Username);
        Assert.True(await store.EraseAsync("b.test:5000", Cancellation));
        Assert.False(await store.EraseAsync("b.test:5000", Cancellation));
        Assert.Null(await store.FindAsync("b.test:5000", null, Cancellation));
    }

    [Fact]
    public async Task Store_IntoNothing_MakesAPrivateDirectory()
    {
        CredentialStore store = new(FileName);

        await store.StoreAsync("a.test", new Credentials { Username = "u", Password = "p" }, Cancellation);

        Assert.Equal("u", (await store.FindAsync("a.test", null, Cancellation))?.Username);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_scratch.Combine("docker")));
    }

    [Theory]
    [InlineData("a.test", null, "host")]
    [InlineData("a.test", "other/app", "host")]
    [InlineData("a.test", "team/app", "app")]
    [InlineData("a.test", "team/other", "team")]
    [InlineData("old.test", "x", "old")]
    [InlineData("none.test", "x", null)]
    public async Task Find_TakesTheLongestKey(string registry, string? repository, string? user)
    {
        static string Entry(string name) => $$"""{"auth":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(name + ":p"))}}"}""";
        File.WriteAllText(_scratch.Combine("auth.json"), $$$"""
            {"auths":{"a.test":{{{Entry("host")}}},"a.test/team":{{{Entry("team")}}},"a.test/team/app":{{{Entry("app")}}},
             "https://old.test/v1/":{{{Entry("old")}}} } }
            """);

        Credentials? found = await new CredentialStore(_scratch.Combine("auth.json")).FindAsync(registry, repository, Cancellation);

        Assert.Equal(user, found?.Username);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"auths\":{\"a.test\":{\"auth\":\"!!\"}}}")]
    [InlineData("{\"auths\":{\"a.test\":{\"auth\":\"YWI=\"}}}")]
    [InlineData("{\"auths\":{\"a.test\":{\"auth\":\"\\ud800\"}}}")]
    [InlineData("{\"auths\":{\"a.test\":{\"auth\":\"YTpi\",\"auth\":\"YTpi\"}}}")]
    public async Task Find_InADamagedFile_SaysWhich(string content)
    {
        File.WriteAllText(_scratch.Combine("auth.json"), content);

        HullException error = await Assert.ThrowsAsync<HullException>(
            () => new CredentialStore(_scratch.Combine("auth.json")).FindAsync("a.test", null, Cancellation));

        Assert.Equal(ErrorKind.DataLoss, error.Kind);
        Assert.Contains(_scratch.Combine("auth.json"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_WithAHelper_AsksIt()
    {
        string helper = _scratch.Combine("docker-credential-hulltest");
        File.WriteAllText(helper, """
            #!/bin/sh
            read -r server || true
            case "$1 $server" in
              "get a.test") echo '{"ServerURL":"a.test","Username":"<token>","Secret":"refresh"}';;
              "get "*) echo "credentials not found in native keychain"; exit 1;;
            esac
            """);
        File.SetUnixFileMode(helper, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(_scratch.Combine("config.json"), """{"credsStore":"hulltest"}""");
        CredentialStore store = new(_scratch.Combine("config.json"));
        string? path = Environment.GetEnvironmentVariable("PATH");
        Environment.SetEnvironmentVariable("PATH", $"{_scratch.Path}:{path}");
        try
        {
            Assert.Equal("refresh", (await store.FindAsync("a.test", null, Cancellation))?.IdentityToken);
            Assert.Null(await store.FindAsync("b.test", null, Cancellation));
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
        }
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("a b")]
    public async Task Find_WithAHelperThatIsNoName_Refuses(string name)
    {
        File.WriteAllText(_scratch.Combine("config.json"), $$"""{"credsStore":"{{name}}"}""");

        HullException error = await Assert.ThrowsAsync<HullException>(
            () => new CredentialStore(_scratch.Combine("config.json")).FindAsync("a.test", null, Cancellation));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }
}
