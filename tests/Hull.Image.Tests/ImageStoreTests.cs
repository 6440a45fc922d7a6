using Hull.Oci.Image;

namespace Hull.Image.Tests;

public sealed class ImageStoreTests : IDisposable
{
    private static readonly ImageReference s_name = ImageReference.Parse("debian:bookworm");

    private readonly ScratchDirectory _scratch = new();
    private readonly ContentStore _content;
    private readonly ImageStore _images;

    public ImageStoreTests()
    {
        _content = new ContentStore(_scratch.Combine("store"));
        _images = new ImageStore(_content);
    }

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Put_ThenFind_ByNameIdPrefixAndDigest_GivesTheImage()
    {
        LocalImage put = _images.Put(s_name, TestImages.Make(_content, "one"));

        Assert.Equal(put.Id, _images.Find("debian:bookworm")?.Id);
        Assert.Equal(put.Id, _images.Find(put.Id.ToString())?.Id);
        Assert.Equal(put.Id, _images.Find(put.Id.Hex[..12])?.Id);
        Assert.Equal(put.Id, _images.Find($"debian@{put.ManifestDescriptor.Digest}")?.Id);
        Assert.Null(_images.Find("debian"));
        Assert.Null(_images.Find($"other@{put.ManifestDescriptor.Digest}"));
        Assert.Equal(2, put.Layers.Count);
        Assert.Equal(put.Config.RootFs.DiffIds, put.Layers.Select(layer => layer.DiffId));
    }

    [Fact]
    public void List_FromAnotherProcessesEyes_ShowsWhatWasWritten()
    {
        LocalImage put = _images.Put(s_name, TestImages.Make(_content, "one"));

        ImageEntry entry = Assert.Single(new ImageStore(new ContentStore(_content.Root)).List());

        Assert.Equal(s_name, entry.Reference);
        Assert.Equal(put.Id, entry.Id);
        Assert.Equal(put.Size, entry.Size);
        Assert.Equal(DateTimeOffset.UnixEpoch, entry.Created);
    }

    [Fact]
    public void Put_WithANameInUse_LeavesTheOldImageNameless()
    {
        LocalImage first = _images.Put(s_name, TestImages.Make(_content, "one"));
        LocalImage second = _images.Put(s_name, TestImages.Make(_content, "two"));

        Assert.Equal(second.Id, _images.Find(s_name)?.Id);
        Assert.Null(_images.List().Single(entry => entry.Id == first.Id).Reference);
        Assert.Empty(_content.Collect().Deleted);
    }

    [Fact]
    public void Put_OfTheSameImageTwice_KeepsOneEntry()
    {
        Descriptor manifest = TestImages.Make(_content, "one");
        _images.Put(null, manifest);
        _images.Put(s_name, manifest);
        _images.Put(s_name, manifest);
        _images.Put(null, manifest);

        Assert.Single(_images.List());
    }

    [Fact]
    public void Put_WithALayerMissing_RefusesAndNamesNothing()
    {
        Descriptor manifest = TestImages.Make(_content, "one");
        _content.Delete(_images.Load(manifest).Layers[1].Descriptor.Digest);

        Assert.Equal(ErrorKind.DataLoss, Assert.Throws<HullException>(() => _images.Put(s_name, manifest)).Kind);
        Assert.Empty(_images.List());
    }

    [Fact]
    public void Remove_OfOneNameOfTwo_KeepsTheImage()
    {
        LocalImage image = _images.Put(s_name, TestImages.Make(_content, "one"));
        _images.Tag("debian:bookworm", ImageReference.Parse("debian:12"));

        ImageRemoval first = _images.Remove("debian:bookworm");
        Assert.Empty(first.Deleted);
        Assert.Empty(_content.Collect().Deleted);

        ImageRemoval second = _images.Remove("debian:12");
        Assert.Equal([image.Id], second.Deleted);
        Assert.Equal(4, _content.Collect().Deleted.Count);
        Assert.Equal(0, _content.Usage().Blobs);
    }

    [Fact]
    public void Remove_ById_OfNamesInTwoRepositories_WantsForce()
    {
        LocalImage image = _images.Put(s_name, TestImages.Make(_content, "one"));
        _images.Tag(image.Id.ToString(), ImageReference.Parse("localhost:5000/debian:12"));

        Assert.Equal(
            ErrorKind.FailedPrecondition, Assert.Throws<HullException>(() => _images.Remove(image.Id.Hex[..8])).Kind);
        Assert.Equal(2, _images.Remove(image.Id.Hex[..8], force: true).Untagged.Count);
        Assert.Empty(_images.List());
    }

    [Fact]
    public void Prune_KeepsNamedAndUsedImages()
    {
        LocalImage used = _images.Put(null, TestImages.Make(_content, "used"));
        LocalImage unused = _images.Put(null, TestImages.Make(_content, "unused"));
        LocalImage named = _images.Put(s_name, TestImages.Make(_content, "named"));

        Assert.Equal([unused.Id], _images.Prune(all: false, id => id == used.Id).Deleted);
        Assert.Equal([named.Id], _images.Prune(all: true, id => id == used.Id).Deleted);
    }

    [Fact]
    public void Find_InAnIndexAnotherProgramPutIn_PicksThePlatform()
    {
        Descriptor amd64 = TestImages.Make(_content, "one") with { Platform = Platform.Parse("linux/amd64") };
        Descriptor arm64 = TestImages.Make(_content, "two", architecture: "arm64") with { Platform = Platform.Parse("linux/arm64/v8") };
        byte[] index = ImageDocuments.Write(new ImageIndex { MediaType = MediaTypes.Index, Manifests = [arm64, amd64] });
        Descriptor root = new()
        {
            MediaType = MediaTypes.Index,
            Digest = _content.Add(index),
            Size = index.Length,
            Annotations = new Dictionary<string, string> { [AnnotationNames.RefName] = "debian:multi" },
        };
        File.WriteAllBytes(
            Path.Combine(_content.Root, "index.json"), ImageDocuments.Write(new ImageIndex { MediaType = MediaTypes.Index, Manifests = [root] }));

        Assert.Equal("arm64", _images.Find("debian:multi", Platform.Parse("arm64"))?.Platform.Architecture);
        Assert.Equal("amd64", _images.Find("debian:multi", Platform.Parse("x86_64"))?.Platform.Architecture);
        HullException error = Assert.Throws<HullException>(() => _images.Find("debian:multi", Platform.Parse("riscv64")));
        Assert.Contains("'linux/arm64', 'linux/amd64'", error.Message, StringComparison.Ordinal);
        Assert.Empty(_content.Collect().Deleted);
    }
}
