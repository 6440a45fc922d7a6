using System.Text;

namespace Hull.Image.Tests;

public sealed class ContentStoreTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly ContentStore _store;

    public ContentStoreTests() => _store = new ContentStore(_scratch.Combine("store"));

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Add_ThenOpen_GivesTheSameBytes()
    {
        byte[] content = "some content"u8.ToArray();

        Digest digest = _store.Add(content);

        Assert.Equal(Digest.OfSha256(content), digest);
        Assert.True(_store.Contains(digest));
        Assert.Equal(content, _store.ReadAll(digest, 100));
        Assert.Equal(new StoreUsage(1, content.Length, 0, 0), _store.Usage());
    }

    [Fact]
    public void Commit_OfOtherBytes_RefusesAndLeavesNothing()
    {
        var expected = Digest.OfSha256("right"u8);
        using BlobWriter writer = _store.TryResumeIngest(expected)!;
        writer.Write("wrong"u8);

        HullException error = Assert.Throws<HullException>(() => writer.Commit(expected, 5));

        Assert.Equal(ErrorKind.DataLoss, error.Kind);
        Assert.Equal(new StoreUsage(0, 0, 0, 0), _store.Usage());
    }

    [Fact]
    public void TryResumeIngest_AfterABreak_GoesOnWhereItStopped()
    {
        byte[] content = Encoding.UTF8.GetBytes(new string('x', 700_000) + "end");
        var digest = Digest.OfSha256(content);
        using (BlobWriter first = _store.TryResumeIngest(digest)!)
        {
            first.Write(content.AsSpan(0, 600_001));
        }

        using BlobWriter second = _store.TryResumeIngest(digest)!;
        Assert.Equal(600_001, second.Length);
        second.Write(content.AsSpan(600_001));
        second.Commit(digest, content.Length);

        Assert.Equal(content, _store.ReadAll(digest, 1_000_000));
        Assert.Equal(0, _store.Usage().PartialBlobs);
    }

    [Fact]
    public void TryResumeIngest_WhileAnotherWrites_SaysNo()
    {
        var digest = Digest.OfSha256("x"u8);
        using BlobWriter first = _store.TryResumeIngest(digest)!;

        Assert.Null(_store.TryResumeIngest(digest));
    }

    [Fact]
    public void ReadAll_OfContentTheDiskDamaged_SaysSo()
    {
        Digest digest = _store.Add("good"u8);
        File.WriteAllText(_store.PathOf(digest), "evil");

        Assert.Equal(ErrorKind.DataLoss, Assert.Throws<HullException>(() => _store.ReadAll(digest, 100)).Kind);
    }

    [Fact]
    public void Collect_TakesGarbageAndAbandonedTransfersOnly()
    {
        Digest garbage = _store.Add("garbage"u8);
        Digest rooted = _store.Add("rooted"u8);
        using ContentLease lease = _store.Lease();
        Digest leased = _store.Add("leased"u8);
        Assert.True(lease.Protect(leased));
        File.WriteAllText(Path.Combine(_store.Root, "ingest", "new-dead"), "left by a killed process");
        using BlobWriter alive = _store.BeginIngest();
        alive.Write("alive"u8);

        CollectResult result = _store.Collect([rooted]);

        Assert.Equal([garbage], result.Deleted);
        Assert.Equal(1, result.Abandoned);
        Assert.True(_store.Contains(rooted));
        Assert.True(_store.Contains(leased));
        Assert.True(_store.Contains(alive.Commit()));
    }

    [Fact]
    public void CollectableBytes_IsWhatACollectionWouldTake_AndTakesNothing()
    {
        Digest garbage = _store.Add("garbage"u8);
        Digest rooted = _store.Add("rooted"u8);
        using ContentLease lease = _store.Lease();
        Assert.True(lease.Protect(_store.Add("leased"u8)));

        long bytes = _store.CollectableBytes([rooted]);

        Assert.Equal("garbage".Length, bytes);
        Assert.True(_store.Contains(garbage));
        Assert.Equal(bytes, _store.Collect([rooted]).Bytes);
    }

    [Fact]
    public void Collect_AfterALeaseEnded_TakesWhatItHeld()
    {
        Digest digest = _store.Add("was leased"u8);
        using (ContentLease lease = _store.Lease())
        {
            lease.Protect(digest);
        }

        Assert.Equal([digest], _store.Collect().Deleted);
    }

    [Fact]
    public void Open_OfALayoutOfAnotherVersion_IsRefused()
    {
        string root = _scratch.Combine("newer");
        Directory.CreateDirectory(root);
        File.WriteAllText(Path.Combine(root, "oci-layout"), """{"imageLayoutVersion":"9.0.0"}""");

        Assert.Equal(ErrorKind.FailedPrecondition, Assert.Throws<HullException>(() => new ContentStore(root)).Kind);
    }
}
