using System.Diagnostics;

namespace Hull.Image.Tests;

/// <summary>Pulls that are killed, and pulls onto a disk that is full.</summary>
public sealed class PullCrashTests : IDisposable
{
    private const int Kills = 25;

    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Pull_KilledAnywhere_NamesNothingHalf_AndGoesOnNextTime()
    {
        Assert.SkipUnless(RealRegistry.IsInstalled, RealRegistry.SkipReason);
        using RealRegistry registry = await RealRegistry.StartAsync();
        using TestClient here = new();
        ImageReference name = registry.Reference("app:v1");
        await here.PushAsync(here.Images.Put(null, TestImages.Make(here.Store, "pulled", layers: 8, layerBytes: 2_000_000)), name);
        Random random = new(5);
        string root = _scratch.Combine("store");
        ImageStore images = new(new ContentStore(root));

        for (int i = 0; i < Kills; i++)
        {
            using Process worker = StoreWorker.StartPull(root, name.ToString());
            Assert.Equal("ready", await worker.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));

            // Not a wait for anything: the moment of the kill is what varies.
            await Task.Delay(TimeSpan.FromMilliseconds(random.NextDouble() * 200), TestContext.Current.CancellationToken);
            worker.Kill();
            await worker.WaitForExitAsync(TestContext.Current.CancellationToken);
            AssertWhole(images);
        }

        using (Process last = StoreWorker.StartPull(root, name.ToString()))
        {
            string error = await last.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await last.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(last.ExitCode == 0, error);
        }

        Assert.Single(images.List());
        AssertWhole(images);
        images.Content.Collect();
        Assert.Equal(10, images.Content.Usage().Blobs);
        Assert.Equal(0, images.Content.Usage().PartialBlobs);
    }

    [Fact]
    public async Task Pull_OntoAFullDisk_IsOneSentence()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Mounting a small file system needs root.");
        string mount = _scratch.Combine("small");
        Directory.CreateDirectory(mount);
        await Tool.RunAsync("mount", "-t", "tmpfs", "-o", "size=2m", "hull-image-test", mount);
        try
        {
            FakeImage image = new(layerBytes: 4_000_000);

            FakeImage fits = new(layerBytes: 1_500_000);

            await FailsForSpaceAsync(mount, image.Answer, " needs ");
            await FailsForSpaceAsync(
                mount,
                request =>
                {
                    if (fits.IsLayer(request))
                    {
                        Fill(mount);
                    }

                    return fits.Answer(request);
                },
                "no space is left");
        }
        finally
        {
            await Tool.RunAsync("umount", mount);
        }
    }

    // Somebody else fills the disk after the early check has passed.
    private static void Fill(string mount)
    {
        try
        {
            File.WriteAllBytes(Path.Combine(mount, "ballast"), new byte[1_000_000]);
        }
        catch (IOException)
        {
            // It is full already.
        }
    }

    private static async Task FailsForSpaceAsync(string mount, Func<FakeRequest, FakeAnswer> answer, string text)
    {
        using FakeRegistry registry = new(answer);
        using RegistryClient client = new(new RegistryOptions(), new CredentialStore(Path.Combine(mount, "none")));
        ImageStore images = new(new ContentStore(Path.Combine(mount, "store")));

        HullException error = await Assert.ThrowsAsync<HullException>(() => new ImagePuller(images, client).PullAsync(
            registry.Reference("app:v1"), null, null, TestContext.Current.CancellationToken));

        Assert.Equal(ErrorKind.ResourceExhausted, error.Kind);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
        Assert.Empty(images.List());
    }

    private static void AssertWhole(ImageStore images)
    {
        foreach (ImageEntry entry in images.List())
        {
            foreach (ImageLayer layer in images.Load(entry).Layers)
            {
                Assert.NotNull(images.Content.ReadAll(layer.Descriptor.Digest, 10_000_000));
            }
        }
    }
}
