using Hull.Machine.Host.Sharing;

namespace Hull.Machine.Host.Tests;

public sealed class ShareOptionsTests
{
    [Theory]
    [InlineData("data=/srv", "data", "/srv", false)]
    [InlineData("d-1.x=rel,,ative,readonly", "d-1.x", "rel,ative", true)]
    [InlineData("d=a=b", "d", "a=b", false)]
    public void Parse_OfShare_TellsNameAndPath(string text, string name, string path, bool readOnly)
    {
        Assert.Equal(new ShareOptions { Name = name, Path = path, ReadOnly = readOnly }, ShareOptions.Parse(text));
    }

    [Theory]
    [InlineData("/srv")]
    [InlineData("=/srv")]
    [InlineData("data=")]
    [InlineData("..=/srv")]
    [InlineData("a/b=/srv")]
    [InlineData("data=/srv,rw")]
    public void Parse_OfSomethingElse_IsRefusedByName(string text)
    {
        HullException error = Assert.Throws<HullException>(() => ShareOptions.Parse(text));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfTwoWithOneName_IsRefused()
    {
        ShareOptions share = ShareOptions.Parse("a=/");

        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<HullException>(() => ShareOptions.Open([share, share], 0)).Kind);
    }

    [Fact]
    public void Open_OfNothing_IsNoServer() => Assert.Null(ShareOptions.Open([], 0));
}
