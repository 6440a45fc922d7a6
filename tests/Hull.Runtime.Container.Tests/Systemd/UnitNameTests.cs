using Hull.Runtime.Container.Systemd;

namespace Hull.Runtime.Container.Tests.Systemd;

/// <summary>Which unit a cgroup path asks for.</summary>
public sealed class UnitNameTests
{
    private static readonly ContainerId s_id = ContainerId.Parse("c1");

    [Theory]
    [InlineData(null, false, "system.slice", "hull-c1.scope")]
    [InlineData("", true, "user.slice", "hull-c1.scope")]
    [InlineData("machine.slice:libpod:abc", false, "machine.slice", "libpod-abc.scope")]
    [InlineData(":docker:abc", false, "system.slice", "docker-abc.scope")]
    [InlineData("a-b.slice::abc", false, "a-b.slice", "abc.scope")]
    [InlineData("a.slice:x:own.slice", false, "a.slice", "own.slice")]
    public void Of_CgroupPath_NamesSliceAndUnit(string? path, bool isUser, string slice, string unit)
    {
        UnitName name = UnitName.Of(path, s_id, isUser);

        Assert.Equal((slice, unit), (name.Slice, name.Unit));
    }

    [Theory]
    [InlineData("/absolute")]
    [InlineData("a.slice:b")]
    [InlineData("a.slice:b:c:d")]
    [InlineData("nosuffix:b:c")]
    [InlineData("a--b.slice:b:c")]
    [InlineData("-a.slice:b:c")]
    [InlineData("a/b.slice:b:c")]
    [InlineData("a.slice:b:c/d")]
    [InlineData("a.slice:b:c d")]
    [InlineData(".slice:b:c")]
    public void Of_AnythingElse_IsRefused(string path)
    {
        HullException error = Assert.Throws<HullException>(() => UnitName.Of(path, s_id, isUser: false));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }

    [Theory]
    [InlineData("-.slice", "")]
    [InlineData("a.slice", "/a.slice")]
    [InlineData("a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice")]
    public void PathOf_Slice_ExpandsItsParents(string slice, string path) => Assert.Equal(path, UnitName.PathOf(slice));

    [Fact]
    public void ObjectPath_OfAUnit_IsEscaped() => Assert.Equal(
        "/org/freedesktop/systemd1/unit/_31_2da_2escope", new UnitName("", "1-a.scope").ObjectPath);
}
