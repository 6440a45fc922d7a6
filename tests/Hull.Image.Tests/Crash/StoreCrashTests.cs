using System.Diagnostics;
using Hull.Oci.Image;

namespace Hull.Image.Tests;

/// <summary>Processes that share a store, and that are killed in the middle of whatever they do.</summary>
public sealed class StoreCrashTests : IDisposable
{
    private const int Kills = 40;
    private const int Workers = 4;
    private const int Rounds = 30;

    private readonly ScratchDirectory _scratch = new();

    private string Root => _scratch.Combine("store");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Store_UsedByAProcessThatIsKilledAnywhere_StaysWhole()
    {
        Random random = new(11);
        for (int i = 0; i < Kills; i++)
        {
            using Process worker = StoreWorker.Start(Root, "killed", int.MaxValue);
            Assert.Equal("ready", await worker.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));

            // Not a wait for anything: the moment of the kill is what varies.
            await Task.Delay(TimeSpan.FromMilliseconds(random.NextDouble() * 60), TestContext.Current.CancellationToken);
            worker.Kill();
            await worker.WaitForExitAsync(TestContext.Current.CancellationToken);
            AssertWhole();
        }

        ContentStore content = new(Root);
        content.Collect(options: new CollectOptions { PartialGrace = TimeSpan.Zero });
        Assert.Empty(Directory.GetFiles(Path.Combine(Root, "ingest")));
        Assert.Empty(Directory.GetFiles(Path.Combine(Root, "leases")));
        Assert.Equal(["index.json", "oci-layout"], Directory.GetFiles(Root).Select(Path.GetFileName).Order());
        Assert.Empty(content.Collect().Deleted);
    }

    [Fact]
    public async Task Store_UsedByManyProcesses_LosesNothing()
    {
        Process[] workers = [.. Enumerable.Range(0, Workers).Select(i => StoreWorker.Start(Root, $"worker{i}", Rounds))];
        foreach (Process worker in workers)
        {
            string error = await worker.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await worker.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(worker.ExitCode == 0, error);
            worker.Dispose();
        }

        AssertWhole();
        ImageStore images = new(new ContentStore(Root));
        for (int i = 0; i < Workers; i++)
        {
            Assert.Equal($"worker{i} {Rounds - 1}", images.Get($"worker{i}:last").Config.Config?.Labels?["text"]);
        }
    }

    // Every name has every part, and every file under a digest has that digest.
    private void AssertWhole()
    {
        ContentStore content = new(Root);
        ImageStore images = new(content);
        foreach (ImageEntry entry in images.List())
        {
            foreach (ImageLayer layer in images.Load(entry).Layers)
            {
                Assert.True(content.Contains(layer.Descriptor.Digest));
            }
        }

        foreach (Digest digest in content.List())
        {
            Assert.NotNull(content.ReadAll(digest, ImageDocuments.MaxConfigBytes));
        }
    }
}
