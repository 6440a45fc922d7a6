using Hull.Image;

namespace Hull.Snapshot.Tests;

/// <summary>What <see cref="CrashTests"/> runs in a process of its own, to kill it.</summary>
public sealed class CrashChild
{
    internal const string StoreVariable = "HULL_TEST_CRASH_STORE";
    internal const string SnapshotsVariable = "HULL_TEST_CRASH_SNAPSHOTS";

    [Fact]
    public async Task UnpackChild()
    {
        string? store = Environment.GetEnvironmentVariable(StoreVariable);
        string? snapshots = Environment.GetEnvironmentVariable(SnapshotsVariable);
        Assert.SkipWhen(store is null || snapshots is null, "Only the crash test runs this.");
        ImageStore images = new(new ContentStore(store!));
        await new Snapshots(snapshots!) { UnpackOptions = Archive.Options }
            .UnpackAsync(images.Get("x:1"), images.Content, null, TestContext.Current.CancellationToken);
    }
}
