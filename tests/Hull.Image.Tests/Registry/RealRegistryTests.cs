using System.Text.Json.Nodes;

namespace Hull.Image.Tests;

/// <summary>Against the registry that Debian ships, and against skopeo.</summary>
public sealed class RealRegistryTests
{
    [Fact]
    public async Task PushThenPull_GivesTheSameImage()
    {
        Assert.SkipUnless(RealRegistry.IsInstalled, RealRegistry.SkipReason);
        using RealRegistry registry = await RealRegistry.StartAsync();
        using TestClient here = new();
        using TestClient there = new();
        ImageReference name = registry.Reference("team/app:v1");
        LocalImage pushed = here.Images.Put(ImageReference.Parse("app"), TestImages.Make(here.Store, "one", layers: 5));

        Digest digest = await here.PushAsync(pushed, name);
        LocalImage pulled = await there.PullAsync(name);
        LocalImage again = await there.PullAsync(name);

        Assert.Equal(pushed.ManifestDescriptor.Digest, digest);
        Assert.Equal(pushed.Id, pulled.Id);
        Assert.Equal(name, pulled.Reference);
        Assert.Equal(digest, pulled.Source);
        Assert.Equal(pulled.Id, again.Id);
        Assert.Equal(5, there.Events.Count(TransferStage.Complete));
        Assert.Equal(pushed.Id, (await there.PullAsync(registry.Reference($"team/app@{digest}"))).Id);
        Assert.Equal(0, there.Store.Usage().PartialBlobs);
    }

    [Fact]
    public async Task Push_OfContentTheRegistryHas_TransfersNothing()
    {
        Assert.SkipUnless(RealRegistry.IsInstalled, RealRegistry.SkipReason);
        using RealRegistry registry = await RealRegistry.StartAsync();
        using TestClient client = new();
        LocalImage image = client.Images.Put(registry.Reference("app:v1"), TestImages.Make(client.Store, "one"));
        await client.PushAsync(image, registry.Reference("app:v1"));
        LocalImage pulled = await client.PullAsync(registry.Reference("app:v1"));

        await client.PushAsync(pulled, registry.Reference("app:v2"));
        await client.PushAsync(pulled, registry.Reference("other/app:v1"));

        Assert.Equal(3, client.Events.Count(TransferStage.Complete));
        Assert.True(client.Events.Count(TransferStage.Exists) >= 3);
        Assert.Equal(3, client.Events.Count(TransferStage.Mounted));
        Assert.Equal(["v1", "v2"], await client.Client.ListTagsAsync(registry.Reference("app"), TestClient.Cancellation));
        Assert.Equal(["app", "other/app"], await client.Client.ListRepositoriesAsync(registry.Host, TestClient.Cancellation));
    }

    [Fact]
    public async Task Skopeo_AndHull_ReadWhatTheOtherWrote()
    {
        Assert.SkipUnless(RealRegistry.IsInstalled && Tool.HasSkopeo, "The packages docker-registry and skopeo are not installed.");
        using RealRegistry registry = await RealRegistry.StartAsync();
        using TestClient here = new();
        using TestClient there = new();
        LocalImage image = here.Images.Put(ImageReference.Parse("debian:bookworm"), TestImages.Make(here.Store, "one"));

        // Our layout read by skopeo, its upload read by us, and our upload read by it.
        await Tool.RunAsync("skopeo", "copy", "--dest-tls-verify=false", $"oci:{here.Store.Root}:debian:bookworm", $"docker://{registry.Host}/debian:skopeo");
        LocalImage pulled = await there.PullAsync(registry.Reference("debian:skopeo"));
        await there.PushAsync(pulled, registry.Reference("debian:hull"));
        string inspected = await Tool.RunAsync("skopeo", "inspect", "--tls-verify=false", $"docker://{registry.Host}/debian:hull");
        await Tool.RunAsync("skopeo", "copy", "--src-tls-verify=false", $"docker://{registry.Host}/debian:hull", $"oci:{here.Store.Root}:copied:1");

        Assert.Equal(image.Id, pulled.Id);
        Assert.Equal(pulled.ManifestDescriptor.Digest.ToString(), JsonNode.Parse(inspected)!["Digest"]!.GetValue<string>());
        Assert.Equal(image.Id, here.Images.Find("copied:1")?.Id);
    }

    [Fact]
    public async Task Pull_OfAMissingTag_IsOneSentence()
    {
        Assert.SkipUnless(RealRegistry.IsInstalled, RealRegistry.SkipReason);
        using RealRegistry registry = await RealRegistry.StartAsync();
        using TestClient client = new();

        HullException error = await Assert.ThrowsAsync<HullException>(() => client.PullAsync(registry.Reference("none:1")));

        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.StartsWith($"The registry '{registry.Host}' has no image '{registry.Host}/none:1'", error.Message, StringComparison.Ordinal);
        Assert.Empty(client.Images.List());
    }
}
