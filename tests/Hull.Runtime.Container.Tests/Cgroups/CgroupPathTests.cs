using Hull.Runtime.Container.Cgroups;

namespace Hull.Runtime.Container.Tests.Cgroups;

public sealed class CgroupPathTests
{
    [Theory]
    [InlineData(null, "/hull/c1")]
    [InlineData("", "/hull/c1")]
    [InlineData("/libpod_parent/libpod-1", "/libpod_parent/libpod-1")]
    [InlineData("mine/one", "/hull/mine/one")]
    [InlineData("//a/./b/", "/a/b")]
    public void Resolve_FollowsTheSpecification(string? path, string expected) =>
        Assert.Equal(expected, CgroupPath.Resolve(path, ContainerId.Parse("c1")));

    [Theory]
    [InlineData("/")]
    [InlineData("/a/../../b")]
    [InlineData("..")]
    [InlineData("/a\nb")]
    [InlineData("/./.")]
    public void Resolve_OfAPathThatLeavesTheHierarchy_Fails(string path)
    {
        HullException error = Assert.Throws<HullException>(() => CgroupPath.Resolve(path, ContainerId.Parse("c1")));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }
}
