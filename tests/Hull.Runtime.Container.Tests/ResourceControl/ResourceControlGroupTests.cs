using Hull.Oci.Runtime;
using Hull.Runtime.Container.ResourceControl;

namespace Hull.Runtime.Container.Tests.ResourceControl;

/// <summary>Against plain files that stand for the kernel's: few machines have the hardware.</summary>
public sealed class ResourceControlGroupTests : IDisposable
{
    private static readonly ContainerId s_id = ContainerId.Parse("one");
    private readonly string _root = Directory.CreateTempSubdirectory("hull-resctrl-").FullName;

    public ResourceControlGroupTests()
    {
        Directory.CreateDirectory(_root + "/info/L3");
        foreach (string group in (string[])["", "/one", "/gold"])
        {
            Directory.CreateDirectory(_root + group + "/mon_groups");
            File.WriteAllText(_root + group + "/schemata", "");
            File.WriteAllText(_root + group + "/tasks", "");
        }
    }

    [Fact]
    public void Create_WithSchemas_WritesThemTogether()
    {
        IntelRdtSpec spec = new() { L3CacheSchema = "L3:0=f", Schemata = ["L2:0=3"] };

        ResourceControlGroup group = ResourceControlGroup.Create(_root, spec, s_id);

        Assert.Equal("L3:0=f\nL2:0=3\n", File.ReadAllText(_root + "/one/schemata"));
        Assert.Equal([_root + "/one/tasks"], group.JoinFiles);
    }

    [Fact]
    public void Create_OfANamedClassWithMonitoring_JoinsBothAndKeepsTheClass()
    {
        IntelRdtSpec spec = new() { ClosID = "gold", EnableMonitoring = true };

        ResourceControlGroup group = ResourceControlGroup.Create(_root, spec, s_id);
        ResourceControlGroup.FromRecord(group.ToRecord())!.Delete();

        Assert.Equal([_root + "/gold/tasks", _root + "/gold/mon_groups/one/tasks"], group.JoinFiles);
        Assert.False(Directory.Exists(_root + "/gold/mon_groups/one"));
        Assert.True(Directory.Exists(_root + "/gold"));
    }

    [Fact]
    public void Delete_OfAGroupMadeForTheContainer_RemovesIt()
    {
        Directory.Delete(_root + "/one", recursive: true);

        ResourceControlGroup group = ResourceControlGroup.Create(_root, new IntelRdtSpec(), s_id);
        bool existed = Directory.Exists(_root + "/one");
        group.Delete();

        Assert.True(existed);
        Assert.False(Directory.Exists(_root + "/one"));
    }

    [Fact]
    public void Update_OfARunningContainersGroup_WritesTheNewSchema()
    {
        ResourceControlGroup group = ResourceControlGroup.Create(_root, new IntelRdtSpec(), s_id);

        group.Update("L3:0=3", null);

        Assert.Equal("L3:0=3\n", File.ReadAllText(_root + "/one/schemata"));
    }

    [Theory]
    [InlineData("..", null, null, "invalid intelRdt.ClosID")]
    [InlineData("a/b", null, null, "invalid intelRdt.ClosID")]
    [InlineData("nosuch", null, null, "must be pre-created")]
    [InlineData(null, null, "MB:0=20", "Intel RDT/MBA is not enabled")]
    public void Create_OfWhatTheHostLacks_SaysSo(string? closId, string? cache, string? bandwidth, string words)
    {
        IntelRdtSpec spec = new() { ClosID = closId, L3CacheSchema = cache, MemBwSchema = bandwidth };

        HullException error = Assert.ThrowsAny<HullException>(() => ResourceControlGroup.Create(_root, spec, s_id));

        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
