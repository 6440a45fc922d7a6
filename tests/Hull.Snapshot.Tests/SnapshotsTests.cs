using System.Security.Cryptography;
using System.Text;
using Hull.Image;
using Hull.Linux;
using Hull.Snapshot.Compression;

namespace Hull.Snapshot.Tests;

public sealed class SnapshotsTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly ImageStore _images;
    private readonly Snapshots _snapshots;

    public SnapshotsTests()
    {
        _images = new ImageStore(new ContentStore(_temp["store"]));
        _snapshots = new Snapshots(_temp["snapshots"]) { UnpackOptions = Archive.Options };
    }

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void ChainId_OfThreeLayers_IsTheSpecificationsHash()
    {
        Digest a = Digest.OfSha256("a"u8);
        Digest b = Digest.OfSha256("b"u8);

        Digest chain = ChainId.On(ChainId.On(null, a), b);

        Assert.Equal(Digest.FromSha256(SHA256.HashData(Encoding.ASCII.GetBytes($"{a} {b}"))), chain);
    }

    [Fact]
    public async Task Unpack_OfTwoImagesThatShareALayer_UnpacksItOnce()
    {
        using Archive low = new Archive().File("low", "1");
        using Archive high = new Archive().File("high", "2");
        LocalImage first = Make(CompressionKind.Gzip, low.ToArray());
        LocalImage second = Make(CompressionKind.Gzip, low.ToArray(), high.ToArray());

        Digest? one = await UnpackAsync(first);
        Digest? two = await UnpackAsync(second);

        Assert.Equal(2, _snapshots.Usage().Layers);
        Assert.Equal(2, _snapshots.Usage().LayerBytes);
        RootFilesystem root = _snapshots.Prepare(ContainerId.Parse("c"), two);
        Assert.Equal(2, root.Lower.Count);
        Assert.True(File.Exists(Path.Combine(root.Lower[0], "high")));
        Assert.True(File.Exists(Path.Combine(root.Lower[1], "low")));
        Assert.NotEqual(one, two);
    }

    [Fact]
    public async Task Unpack_ByManyAtOnce_GivesOneLayer()
    {
        using Archive archive = new();
        for (int i = 0; i < 200; i++)
        {
            archive.File($"f{i}", "content");
        }

        LocalImage image = Make(CompressionKind.Zstd, archive.ToArray());

        Digest?[] ids = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(
            () => new Snapshots(_snapshots.Root) { UnpackOptions = Archive.Options }
                .UnpackAsync(image, _images.Content, null, TestContext.Current.CancellationToken))));

        Assert.Single(ids.Distinct());
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_snapshots.Root, "staging")));
        Assert.Equal(200, Directory.GetFiles(_snapshots.Prepare(ContainerId.Parse("c"), ids[0]).Lower[0]).Length);
    }

    [Fact]
    public async Task Unpack_OfDamagedLayer_LeavesNothing()
    {
        using Archive good = new Archive().File("f", "x");
        LocalImage image = Make(CompressionKind.None, good.ToArray());
        string blob = _images.Content.PathOf(image.Layers[0].Descriptor.Digest);
        File.SetUnixFileMode(blob, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        byte[] bytes = File.ReadAllBytes(blob);
        bytes[512] ^= 1;
        File.WriteAllBytes(blob, bytes);

        HullException error = await Assert.ThrowsAsync<HullException>(() => UnpackAsync(image));

        Assert.Equal(ErrorKind.DataLoss, error.Kind);
        Assert.Equal(0, _snapshots.Usage().Layers);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_snapshots.Root, "staging")));
    }

    [Fact]
    public async Task Prepare_Twice_SaysThatItExists()
    {
        using Archive archive = new Archive().Directory(".", 0x1C0).File("f");
        Digest? chain = await UnpackAsync(Make(CompressionKind.None, archive.ToArray()));
        ContainerId key = ContainerId.Parse("c");

        RootFilesystem root = _snapshots.Prepare(key, chain);

        Assert.Equal((UnixFileMode)0x1C0, File.GetUnixFileMode(root.Upper!));
        Assert.Equal(ErrorKind.AlreadyExists, Assert.Throws<HullException>(() => _snapshots.Prepare(key, chain)).Kind);
        RootFilesystem found = _snapshots.Get(key);
        Assert.Equal(root.Lower, found.Lower);
        Assert.Equal((root.Path, root.Upper, root.Work), (found.Path, found.Upper, found.Work));
        _snapshots.Remove(key);
        _snapshots.Remove(key);
        Assert.Null(_snapshots.Find(key));
    }

    [Fact]
    public void Prepare_OfUnknownStack_IsNotFound() => Assert.Equal(
        ErrorKind.NotFound,
        Assert.Throws<HullException>(() => _snapshots.Prepare(ContainerId.Parse("c"), Digest.OfSha256("x"u8))).Kind);

    [Fact]
    public void Prepare_WithTheLongestIdentifier_Works()
    {
        ContainerId key = ContainerId.Parse(new string('x', ContainerId.MaxLength));

        _snapshots.Prepare(key, null);

        Assert.NotNull(_snapshots.Find(key));
    }

    [Fact]
    public async Task Prune_KeepsWhatImagesAndContainersNeed()
    {
        using Archive a = new Archive().File("a", "a");
        using Archive b = new Archive().File("b", "b");
        using Archive c = new Archive().File("c", "c");
        Digest? kept = await UnpackAsync(Make(CompressionKind.None, a.ToArray()));
        Digest? used = await UnpackAsync(Make(CompressionKind.None, b.ToArray(), a.ToArray()));
        Digest? gone = await UnpackAsync(Make(CompressionKind.None, b.ToArray(), c.ToArray()));
        _snapshots.Prepare(ContainerId.Parse("c"), used);
        Directory.CreateDirectory(Path.Combine(_snapshots.Root, "staging", "left-by-a-killed-process", "x"));

        long bytes = _snapshots.PrunableBytes([kept!.Value]);
        SnapshotPruning pruning = _snapshots.Prune([kept.Value]);

        Assert.Equal([gone!.Value], pruning.Layers);
        Assert.Equal((1, 1), (bytes, pruning.Bytes));
        Assert.True(_snapshots.Contains(kept.Value));
        Assert.True(_snapshots.Contains(used!.Value));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_snapshots.Root, "staging")));
    }

    [Fact]
    public async Task Mount_OfStoppedContainer_ShowsItsViewAndLeavesNothing()
    {
        Tool.RequireRoot();
        using Archive low = new Archive().File("stays", "low").File("goes", "x").Directory("d").File("d/hidden");
        using Archive high = new Archive().File(".wh.goes").Directory("d").File("d/.wh..wh..opq").File("d/shown");
        Digest? chain = await UnpackAsync(Make(CompressionKind.Gzip, low.ToArray(), high.ToArray()));
        ContainerId key = ContainerId.Parse("c");
        _snapshots.Prepare(key, chain);

        _snapshots.WithMounted(key, writable: true, root =>
        {
            Assert.Equal(["d", "stays"], NamesIn(root, ""));
            Assert.Equal(["shown"], NamesIn(root, "d"));
            Assert.Equal(Errno.None, FileTree.CreateFile(root, "new"u8, 0x1A4, out FileDescriptor? file));
            file!.Dispose();
        });

        Assert.True(File.Exists(Path.Combine(_snapshots.Get(key).Upper!, "new")));
        _snapshots.WithMounted(key, writable: false, root => Assert.Equal(["d", "new", "stays"], NamesIn(root, "")));
        Assert.DoesNotContain(_temp.Path, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mount_OfManyLayers_Works()
    {
        Tool.RequireRoot();
        List<byte[]> layers = [];
        for (int i = 0; i < 130; i++)
        {
            using Archive archive = new Archive().File($"f{i}");
            layers.Add(archive.ToArray());
        }

        Digest? chain = await UnpackAsync(Make(CompressionKind.None, [.. layers]));
        ContainerId key = ContainerId.Parse("c");
        _snapshots.Prepare(key, chain);

        _snapshots.WithMounted(key, writable: true, root => Assert.Equal(130, NamesIn(root, "").Length));
    }

    // What a user without privileges unpacks must hide the same files once overlay is told where its marks are.
    [Fact]
    public async Task Unpack_WithoutPrivileges_LeavesWhiteoutsAnOverlayOfUserAttributesUnderstands()
    {
        Tool.RequireRoot();
        Tool.Require("unshare", "mount");
        using Archive low = new Archive().File("stays", "low").File("goes", "x").Directory("d").File("d/hidden").Directory("e").File("e/hidden");
        using Archive high = new Archive().File(".wh.goes").Directory("d").File("d/.wh..wh..opq").File("d/shown").File(".wh.e").Directory("e").File("e/shown");
        Snapshots snapshots = new(_temp["rootless"]) { UnpackOptions = new() { Rootless = true } };
        Digest? chain = await snapshots.UnpackAsync(
            Make(CompressionKind.Gzip, low.ToArray(), high.ToArray()), _images.Content, null, TestContext.Current.CancellationToken);
        RootFilesystem root = snapshots.Prepare(ContainerId.Parse("c"), chain);

        string names = Tool.Run(
            _temp.Path, "unshare", "-m", "sh", "-euc",
            $"mount -t overlay -o userxattr,lowerdir={string.Join(':', root.Lower)},upperdir={root.Upper},workdir={root.Work} o {root.Path}; cd {root.Path}; echo * d/* e/*");

        Assert.Equal("d e stays d/shown e/shown\n", names);
    }

    [Fact]
    public void Mount_OfRootWithoutLayers_Works()
    {
        Tool.RequireRoot();
        ContainerId key = ContainerId.Parse("c");
        _snapshots.Prepare(key, null);

        _snapshots.WithMounted(key, writable: true, root => FileTree.MakeDirectory(root, "d"u8, 0x1ED));

        _snapshots.WithMounted(key, writable: false, root => Assert.Equal(["d"], NamesIn(root, "")));
    }

    private static string[] NamesIn(FileDescriptor root, string path)
    {
        Assert.Equal(Errno.None, FileTree.OpenDirectory(root, Archive.B(path), out FileDescriptor? directory));
        using (directory)
        {
            return [.. FileTree.Names(directory!).Select(Encoding.UTF8.GetString)];
        }
    }

    private Task<Digest?> UnpackAsync(LocalImage image) =>
        _snapshots.UnpackAsync(image, _images.Content, null, TestContext.Current.CancellationToken);

    private LocalImage Make(CompressionKind kind, params byte[][] archives) => TestImages.Make(_images, null, kind, archives);
}
