using System.Diagnostics;
using Hull.Image;
using Hull.Snapshot.Compression;

namespace Hull.Snapshot.Tests;

/// <summary>Kills a process in the middle of its work; the next one must find nothing but what is whole.</summary>
public sealed class CrashTests : IDisposable
{
    private const int Kills = 8;
    private const int Files = 3000;

    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Unpack_KilledAnywhere_LeavesNothingThatCounts()
    {
        string self = Path.Combine(AppContext.BaseDirectory, "Hull.Snapshot.Tests");
        Assert.SkipUnless(File.Exists(self), "The test program is not beside its library.");
        using Archive archive = new();
        for (int i = 0; i < Files; i++)
        {
            archive.File($"d{i / 100}/f{i}", $"content {i}");
        }

        ImageStore images = new(new ContentStore(_temp["store"]));
        LocalImage image = TestImages.Make(images, "x:1", CompressionKind.Gzip, archive.ToArray());
        Digest chain = ChainId.Of(image)!.Value;
        string layers = Path.Combine(_temp["snapshots"], "layers");
        int partial = 0;
        for (int i = 0; i < Kills; i++)
        {
            using Process child = Process.Start(new ProcessStartInfo(self, ["--filter-method", "*UnpackChild*"])
            {
                Environment = { [CrashChild.StoreVariable] = _temp["store"], [CrashChild.SnapshotsVariable] = _temp["snapshots"] },
                RedirectStandardOutput = true,
            })!;
            KillInTheMiddle(child, i * 350);
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
            Snapshots after = new(_temp["snapshots"]) { UnpackOptions = Archive.Options };
            partial += Directory.GetFileSystemEntries(Path.Combine(_temp["snapshots"], "staging")).Length > 0 ? 1 : 0;
            if (after.Contains(chain))
            {
                // It finished before the kill: whole, and again from the start.
                Assert.Equal(Files, Directory.GetFiles(Path.Combine(layers, chain.Hex), "*", SearchOption.AllDirectories).Length);
            }

            after.Prune([]);
            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_temp["snapshots"], "staging")));
            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_temp["snapshots"], "chains")));
        }

        Assert.True(partial > 0, "No kill hit the middle of the work.");
        Snapshots last = new(_temp["snapshots"]) { UnpackOptions = Archive.Options };
        Assert.Equal(chain, await last.UnpackAsync(image, images.Content, null, TestContext.Current.CancellationToken));
        Assert.Equal(Files, Directory.GetFiles(Path.Combine(layers, chain.Hex), "*", SearchOption.AllDirectories).Length);
    }

    // Waits for as many files in staging as asked for, so that each kill hits another point.
    private void KillInTheMiddle(Process child, int wanted)
    {
        string staging = Path.Combine(_temp["snapshots"], "staging");
        SpinWait wait = default;
        while (!child.HasExited && CountOf(staging) <= wanted)
        {
            wait.SpinOnce();
        }

        child.Kill();
    }

    private static int CountOf(string directory)
    {
        try
        {
            return Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Count();
        }
        catch (DirectoryNotFoundException)
        {
            return 0;
        }
    }
}
