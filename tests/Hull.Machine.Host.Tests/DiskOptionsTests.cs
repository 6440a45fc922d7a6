using Hull.Machine.Host.Disks;

namespace Hull.Machine.Host.Tests;

/// <summary>What --disk takes and refuses.</summary>
public sealed class DiskOptionsTests
{
    [Fact]
    public void Parse_OfEveryOption_ReadsIt()
    {
        Assert.Equal(new DiskOptions { Path = "a" }, DiskOptions.Parse("a"));
        Assert.Equal(new DiskOptions { Path = "a,b", IsReadOnly = true, Format = DiskFormat.Raw }, DiskOptions.Parse("a,,b,format=raw,readonly"));
        Assert.Equal(new DiskOptions { Path = "a", HasOverlay = true, FollowsAnyBacking = true }, DiskOptions.Parse("a,overlay,backing=any"));
        Assert.Equal(
            new DiskOptions { Path = "a", HasOverlay = true, OverlayPath = "o", Format = DiskFormat.Qcow2 },
            DiskOptions.Parse("a,format=qcow2,overlay=o"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(",readonly")]
    [InlineData("a,format=vmdk")]
    [InlineData("a,overlay=")]
    [InlineData("a,readonly,overlay")]
    [InlineData("a,what")]
    public void Parse_OfNonsense_IsRefused(string text)
    {
        HullException error = Assert.Throws<HullException>(() => DiskOptions.Parse(text));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }
}
