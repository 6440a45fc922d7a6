using Hull.Snapshot.Layers;
using Hull.Snapshot.Tar;

namespace Hull.Snapshot.Tests;

/// <summary>Archives that want out of their directory, or more than they may have.</summary>
public sealed class LayerSafetyTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly string _root;

    public LayerSafetyTests()
    {
        _root = _temp.Make("root");
        File.WriteAllText(_temp["outside"], "untouched");
    }

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("../outside", "outside")]
    [InlineData("a/../../../outside", "outside")]
    [InlineData("/outside", "outside")]
    [InlineData("//a//.././/outside", "outside")]
    public async Task Unpack_OfPathThatClimbs_StaysInside(string path, string expected)
    {
        await new Archive().File(path, "evil").UnpackAsync(_root);

        Assert.Equal("evil", File.ReadAllText(Path.Combine(_root, expected)));
        Assert.Equal("untouched", File.ReadAllText(_temp["outside"]));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../../../../../../../..")]
    [InlineData("/")]
    public async Task Unpack_ThroughLinkToParent_StaysInside(string target)
    {
        await new Archive().Link("up", target).File("up/outside", "evil").UnpackAsync(_root);

        Assert.Equal("untouched", File.ReadAllText(_temp["outside"]));
        Assert.Equal("evil", File.ReadAllText(Path.Combine(_root, "outside")));
    }

    [Fact]
    public async Task Unpack_ThroughAbsoluteLinkToHostDirectory_MakesItInside()
    {
        string victim = _temp.Make("victim");

        await new Archive().Link("link", victim).File("link/file", "evil").UnpackAsync(_root);

        Assert.Empty(Directory.GetFileSystemEntries(victim));
        Assert.Equal("evil", File.ReadAllText(_root + victim + "/file"));
    }

    [Fact]
    public async Task Unpack_ThroughLinksThatLoop_IsRefused()
    {
        Archive archive = new Archive().Link("a", "b").Link("b", "a").File("a/file");

        HullException error = await Assert.ThrowsAsync<HullException>(() => archive.UnpackAsync(_root));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }

    [Fact]
    public async Task Unpack_OfDanglingLinksThatGrow_IsBounded()
    {
        Archive archive = new();
        for (int i = 0; i < 100; i++)
        {
            archive.Link($"l{i}", $"d/../l{i + 1}");
        }

        HullException error = await Assert.ThrowsAsync<HullException>(() => archive.File("l0/file").UnpackAsync(_root));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("/../outside")]
    public async Task Unpack_OfHardLinkOut_IsRefused(string target)
    {
        Archive archive = new Archive().HardLink("stolen", target);

        HullException error = await Assert.ThrowsAsync<HullException>(() => archive.UnpackAsync(_root));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Empty(Directory.GetFileSystemEntries(_root));
    }

    [Fact]
    public async Task Unpack_OfHardLinkThroughLinkOut_IsRefused()
    {
        Archive archive = new Archive().Link("up", "..").HardLink("stolen", "up/outside");

        await Assert.ThrowsAsync<HullException>(() => archive.UnpackAsync(_root));

        Assert.False(File.Exists(Path.Combine(_root, "stolen")));
    }

    [Fact]
    public async Task Unpack_OfFileOverLink_ReplacesTheLinkNotItsTarget()
    {
        await new Archive().Link("file", "../outside").File("file", "evil").UnpackAsync(_root);

        Assert.Equal("untouched", File.ReadAllText(_temp["outside"]));
        Assert.Null(new FileInfo(Path.Combine(_root, "file")).LinkTarget);
    }

    [Fact]
    public async Task Unpack_OfHardLinkToLinkThenFile_DoesNotWriteThroughIt()
    {
        await new Archive().Link("a", "../outside").HardLink("b", "a").File("b", "evil").UnpackAsync(_root);

        Assert.Equal("untouched", File.ReadAllText(_temp["outside"]));
    }

    [Fact]
    public async Task Unpack_WhenDirectoryBecomesLink_DoesNotUseTheOldDirectory()
    {
        await new Archive()
            .Directory("d").File("d/one").Link("d", "e").Directory("e", 0x1C0).File("d/two").UnpackAsync(_root);

        Assert.True(File.Exists(Path.Combine(_root, "e/two")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(_root, "e")));
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.Fifo)]
    public async Task Unpack_OfEntryThatReplacesTheRoot_IsRefused(TarEntryType type)
    {
        Archive archive = new Archive().Entry(type, "a/..", "/etc");

        HullException error = await Assert.ThrowsAsync<HullException>(() => archive.UnpackAsync(_root));

        Assert.Contains("root", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".wh.")]
    [InlineData(".wh..")]
    [InlineData(".wh...")]
    [InlineData("a/.wh...")]
    public async Task Unpack_OfWhiteoutOfNoName_IsRefused(string path)
    {
        Archive archive = new Archive().File(path);

        await Assert.ThrowsAsync<HullException>(() => archive.UnpackAsync(_root));

        Assert.Equal("untouched", File.ReadAllText(_temp["outside"]));
    }

    [Fact]
    public async Task Unpack_BelowAFile_IsRefused()
    {
        Archive archive = new Archive().File("a", "x").File("a/b");

        HullException error = await Assert.ThrowsAsync<HullException>(() => archive.UnpackAsync(_root));

        Assert.Contains("/a/b", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unpack_OfMillionEmptyEntries_StopsAtTheLimit()
    {
        Archive archive = new();
        for (int i = 0; i < 2000; i++)
        {
            archive.Directory("d");
        }

        HullException error = await Assert.ThrowsAsync<HullException>(() => archive.UnpackAsync(
            _root, Archive.Options with { Limits = new TarLimits { MaxEntries = 1000 } }));

        Assert.Equal(ErrorKind.ResourceExhausted, error.Kind);
    }

    [Fact]
    public async Task Unpack_OfDeepPath_CountsItsDirectories()
    {
        string deep = string.Join('/', Enumerable.Repeat("d", 1900)) + "/file";

        HullException error = await Assert.ThrowsAsync<HullException>(() => new Archive().File(deep).UnpackAsync(
            _root, Archive.Options with { Limits = new TarLimits { MaxEntries = 1000 } }));

        Assert.Equal(ErrorKind.ResourceExhausted, error.Kind);
    }

    [Fact]
    public async Task Unpack_OfDeepPath_Works()
    {
        string deep = string.Join('/', Enumerable.Repeat("d", 1900)) + "/file";

        UnpackResult result = await new Archive().File(deep, "deep").UnpackAsync(_root);

        Assert.Equal(1901, result.Entries);
    }

    [Fact]
    public async Task Unpack_OfOverlayAttributes_LeavesThemOut()
    {
        await new Archive()
            .File("f", "", 0x1A4, ("trusted.overlay.redirect", "/etc"), ("user.overlay.metacopy", "")).UnpackAsync(_root);

        using Linux.FileDescriptor root = Linux.FileTree.OpenRoot(_root);
        Assert.Empty(Linux.FileTree.AttributeNames(root, "f"u8));
    }

    [Fact]
    public async Task Unpack_WithWrongDiffId_IsDataLoss()
    {
        Digest wrong = Digest.OfSha256("something else"u8);

        HullException error = await Assert.ThrowsAsync<HullException>(() =>
            new Archive().File("f").UnpackAsync(_root, Archive.Options with { DiffId = wrong }));

        Assert.Equal(ErrorKind.DataLoss, error.Kind);
    }
}
