using System.Text;
using Hull.Image;
using Hull.Linux;
using Hull.Oci.Image;
using Hull.Snapshot.Archiving;
using Hull.Snapshot.Compression;

namespace Hull.Snapshot.Tests;

public sealed class ArchivingTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly ImageStore _images;
    private readonly Snapshots _snapshots;

    public ArchivingTests()
    {
        _images = new ImageStore(new ContentStore(_temp["store"]));
        _snapshots = new Snapshots(_temp["snapshots"]) { UnpackOptions = Archive.Options };
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Load_OfWhatSaveWrote_GivesTheSameImagesAndNames()
    {
        using Archive a = new Archive().File("a", "1");
        using Archive b = new Archive().File("b", "2");
        LocalImage one = TestImages.Make(_images, "team/one:v1", CompressionKind.Gzip, a.ToArray(), b.ToArray());
        LocalImage two = TestImages.Make(_images, "two:latest", CompressionKind.Zstd, a.ToArray());
        MemoryStream archive = new();
        ImageSaver.Save(_images, ["team/one:v1", two.Id.ToString()], archive, Cancellation);
        ImageStore other = new(new ContentStore(_temp["other"]));

        archive.Position = 0;
        IReadOnlyList<LocalImage> loaded = ImageLoader.Load(other, archive, Cancellation);

        Assert.Equal([one.ManifestDescriptor.Digest, two.ManifestDescriptor.Digest], loaded.Select(i => i.ManifestDescriptor.Digest));
        Assert.Equal("team/one:v1", other.Get("team/one:v1").Reference!.ToString());
        Assert.Null(other.Find("two:latest"));
    }

    [Fact]
    public void Save_Twice_GivesTheSameBytes()
    {
        using Archive a = new Archive().File("a", "1");
        TestImages.Make(_images, "one:v1", CompressionKind.Gzip, a.ToArray());
        MemoryStream first = new();
        MemoryStream second = new();

        ImageSaver.Save(_images, ["one:v1"], first, Cancellation);
        ImageSaver.Save(_images, ["one:v1"], second, Cancellation);

        Assert.Equal(first.ToArray(), second.ToArray());
    }

    [Theory]
    [InlineData("oci-archive:", CompressionKind.Gzip)]
    [InlineData("oci-archive:", CompressionKind.Zstd)]
    [InlineData("docker-archive:", CompressionKind.Gzip)]
    public void Save_IsReadBySkopeo_AndWhatItWritesIsLoaded(string format, CompressionKind kind)
    {
        Tool.Require("skopeo");
        using Archive a = new Archive().File("a", "1");
        LocalImage image = TestImages.Make(_images, "one:v1", kind, a.ToArray());
        using (FileStream file = File.Create(_temp["saved.tar"]))
        {
            ImageSaver.Save(_images, ["one:v1"], file, Cancellation);
        }

        Tool.Run(_temp.Path, "skopeo", "--insecure-policy", "copy", "-q", format + _temp["saved.tar"], format + _temp["copy.tar"] + ":one:v1");

        using FileStream copy = File.OpenRead(_temp["copy.tar"]);
        LocalImage loaded = Assert.Single(ImageLoader.Load(new ImageStore(new ContentStore(_temp["other"])), copy, Cancellation));
        Assert.Equal(image.Layers[0].DiffId, loaded.Layers[0].DiffId);
        Assert.Equal("v1", loaded.Reference?.Tag);
    }

    [Fact]
    public void Load_OfOldDockerArchive_FollowsItsLinks()
    {
        using Archive layer = new Archive().File("a", "1");
        byte[] bytes = layer.ToArray();
        Digest diffId = Digest.OfSha256(bytes);
        string config = $$$"""{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":["{{{diffId}}}","{{{diffId}}}"]}}""";
        using Archive archive = new Archive()
            .File("aaa/layer.tar", Encoding.Latin1.GetString(bytes)).File("aaa/VERSION", "1.0").Link("bbb/layer.tar", "../aaa/layer.tar")
            .File("c.json", config)
            .File("manifest.json", """[{"Config":"c.json","RepoTags":["old:1","old:2"],"Layers":["aaa/layer.tar","bbb/layer.tar"]}]""");

        IReadOnlyList<LocalImage> loaded = ImageLoader.Load(_images, new MemoryStream(archive.ToArray()), Cancellation);

        Assert.Equal(["old:1", "old:2"], loaded.Select(i => i.Reference!.ToString()));
        Assert.Equal(MediaTypes.Layer, loaded[0].Layers[1].Descriptor.MediaType);
        Assert.Equal(Digest.OfSha256(Encoding.UTF8.GetBytes(config)), loaded[0].Id);
    }

    [Theory]
    [InlineData("manifest.json", "[{\"Config\":\"../../c.json\",\"RepoTags\":null,\"Layers\":[]}]")]
    [InlineData("manifest.json", "[{\"Config\":5}]")]
    [InlineData("manifest.json", "{}")]
    [InlineData("manifest.json", "[[[[[[[[[[[[]]]]]]]]]]]]")]
    [InlineData("index.json", "nonsense")]
    [InlineData("index.json", "{\"schemaVersion\":2,\"manifests\":[]}")]
    [InlineData("x", "y")]
    public void Load_OfNonsense_IsRefused(string name, string content)
    {
        using Archive archive = new Archive().File(name, content);

        Assert.Throws<HullException>(() => ImageLoader.Load(_images, new MemoryStream(archive.ToArray()), Cancellation));

        Assert.Empty(_images.List());
    }

    [Fact]
    public void Load_OfBlobWithAnotherDigest_IsDataLoss()
    {
        using Archive archive = new Archive().File($"blobs/sha256/{new string('a', 64)}", "something").File("index.json", "{}");

        HullException error = Assert.Throws<HullException>(
            () => ImageLoader.Load(_images, new MemoryStream(archive.ToArray()), Cancellation));

        Assert.Equal(ErrorKind.DataLoss, error.Kind);
    }

    [Fact]
    public async Task Commit_OfContainersChanges_GivesAnImageThatLooksTheSame()
    {
        Tool.RequireRoot();
        using Archive low = new Archive()
            .File("kept", "k").File("gone", "g").File("changed", "1").Directory("dir").File("dir/inside").Directory("swapped").File("swapped/x");
        LocalImage image = TestImages.Make(_images, null, CompressionKind.None, low.ToArray());
        ContainerId key = ContainerId.Parse("c");
        _snapshots.Prepare(key, await UnpackAsync(image));
        _snapshots.WithMounted(key, writable: true, root => Tool.Shell($"/proc/{Environment.ProcessId}/fd/{root.Number}", """
            rm gone; echo 22 > changed; rm -r dir; mkdir dir; echo n > dir/new; rm -r swapped; ln -s kept swapped
            ln kept linked; truncate -s 5M sparse; echo x >> sparse; mknod dev c 5 6; mkfifo fifo; chmod 4711 kept; chown 12:34 fifo
            setfattr -n user.note -v hello changed
            """));
        string before = "";
        _snapshots.WithMounted(key, writable: false, root => before = ListingOf(root));

        Assert.Equal(
            ["C /changed", "A /dev", "C /dir", "D /dir/inside", "A /dir/new", "A /fifo", "D /gone", "C /kept", "A /linked", "A /sparse", "C /swapped"],
            _snapshots.Changes(key).Select(change => change.ToString()));

        LocalImage committed = RootImporter.Commit(_snapshots, key, _images, image, ImageReference.Parse("made:1"), image.Config, CompressionKind.Gzip);
        ContainerId again = ContainerId.Parse("again");
        _snapshots.Prepare(again, await UnpackAsync(committed));
        string after = "";
        _snapshots.WithMounted(again, writable: false, root => after = ListingOf(root));

        Assert.Equal(before, after);
        Assert.Equal(
            ["M /changed", "A /dev", "D /dir/inside", "A /dir/new", "A /fifo", "D /gone", "M /kept", "A /linked", "A /sparse", "M /swapped", "D /swapped/x"],
            ImageComparison.Compare(_images.Content, image, committed, Cancellation).Select(c => $"{c.Kind.ToString()[0]} {c.Path}"));
    }

    [Fact]
    public async Task Export_OfContainer_IsReadByTarAndImportedAgain()
    {
        Tool.RequireRoot();
        Tool.Require("tar");
        using Archive low = new Archive().File("a", "1", 0x9ED, ("user.x", "y")).Directory("d", 0x3FF).Link("l", "a").HardLink("d/h", "a");
        LocalImage image = TestImages.Make(_images, null, CompressionKind.None, low.ToArray());
        ContainerId key = ContainerId.Parse("c");
        _snapshots.Prepare(key, await UnpackAsync(image));
        using (FileStream file = File.Create(_temp["export.tar"]))
        {
            _snapshots.Export(key, file);
        }

        string tree = _temp.Make("tree");
        Tool.Run(tree, "tar", "--xattrs", "--xattrs-include=*", "--numeric-owner", "-xpf", _temp["export.tar"]);

        string expected = "";
        _snapshots.WithMounted(key, writable: false, root => expected = ListingOf(root));
        Assert.Equal(expected, TreeListing.Of(tree));
        using FileStream source = File.OpenRead(_temp["export.tar"]);
        LocalImage imported = RootImporter.Import(_images, source, ImageReference.Parse("in:1"), image.Config, CompressionKind.Zstd);
        Assert.Equal(Digest.OfSha256(File.ReadAllBytes(_temp["export.tar"])), imported.Layers[0].DiffId);
        Assert.Empty(ImageComparison.Compare(_images.Content, image, imported, Cancellation));
    }

    [Fact]
    public void Import_OfWhatIsNoArchive_IsRefusedAndLeavesNothing()
    {
        HullException error = Assert.Throws<HullException>(() => RootImporter.Import(
            _images, new MemoryStream(new byte[700].Select(_ => (byte)7).ToArray()), null,
            new ImageConfig { RootFs = new RootFsConfig() }, CompressionKind.Gzip));

        Assert.Equal(ErrorKind.DataLoss, error.Kind);
        Assert.Empty(_images.Content.List());
    }

    [Fact]
    public void RemoveTree_OfVeryDeepTree_Works()
    {
        string top = _temp.Make("deep");
        using FileDescriptor parent = FileTree.OpenRoot(_temp.Path);
        FileDescriptor directory = FileTree.OpenRoot(top);
        for (int i = 0; i < 5000; i++)
        {
            FileTree.MakeDirectory(directory, "d"u8, 0x1ED);
            FileTree.OpenDirectoryName(directory, "d"u8, out FileDescriptor? next);
            directory.Dispose();
            directory = next!;
        }

        directory.Dispose();

        Assert.Equal(Errno.None, FileTree.RemoveTree(parent, "deep"u8));
        Assert.False(Directory.Exists(top));
    }

    private static string ListingOf(FileDescriptor root) =>
        TreeListing.Of($"/proc/{Environment.ProcessId}/fd/{root.Number}");

    private Task<Digest?> UnpackAsync(LocalImage image) =>
        _snapshots.UnpackAsync(image, _images.Content, null, TestContext.Current.CancellationToken);
}
