using Hull.Runtime.Container.Cgroups;

namespace Hull.Runtime.Container.Tests.Cgroups;

public sealed class CgroupHostTests
{
    private const string SystemdHybrid = """
        25 31 0:23 / /proc rw,nosuid - proc proc rw
        30 24 0:26 / /sys/fs/cgroup ro,nosuid shared:4 - tmpfs tmpfs ro,mode=755
        31 30 0:27 / /sys/fs/cgroup/unified rw shared:5 - cgroup2 cgroup2 rw,nsdelegate
        32 30 0:28 / /sys/fs/cgroup/systemd rw shared:6 - cgroup cgroup rw,xattr,name=systemd
        33 30 0:32 / /sys/fs/cgroup/memory rw shared:7 - cgroup cgroup rw,memory
        34 30 0:33 / /sys/fs/cgroup/cpu,cpuacct rw shared:8 - cgroup cgroup rw,cpu,cpuacct
        35 30 0:34 / /sys/fs/cgroup/net_cls,net_prio rw shared:9 - cgroup cgroup rw,net_cls,net_prio
        90 99 0:32 /docker/x /var/lib/some\040where/memory rw - cgroup cgroup rw,memory

        """;

    [Fact]
    public void Read_OfASystemdHybrid_FindsEveryHierarchyOnce()
    {
        using FakeCgroups fake = new(SystemdHybrid);

        CgroupHost host = fake.Host;

        Assert.Equal(CgroupLayout.Hybrid, host.Layout);
        Assert.Equal(["", "name=systemd", "cpu,cpuacct", "net_cls,net_prio", "memory"], host.Hierarchies.Select(each => each.Key));
        Assert.EndsWith("/sys/fs/cgroup/cpu,cpuacct", host.Find(CgroupControllers.CpuAccounting)?.MountPoint, StringComparison.Ordinal);
    }

    [Fact]
    public void Hierarchies_OfVersion1_EndWithMemory()
    {
        using FakeCgroups fake = new(SystemdHybrid);

        Assert.Equal("memory", fake.Host.Hierarchies[^1].Key);
    }

    [Fact]
    public void Read_OfVersion2_HasItsControllersAndThoseThatAreAlwaysThere()
    {
        using var fake = FakeCgroups.Unified("cpu memory pids");

        CgroupHost host = fake.Host;

        Assert.Equal(CgroupLayout.Unified, host.Layout);
        Assert.True(host.Find(CgroupControllers.Memory)!.IsUnified);
        Assert.NotNull(host.Find(CgroupControllers.Devices));
        Assert.Null(host.Find(CgroupControllers.BlockIo));
    }

    [Fact]
    public void Read_WithoutCgroups_FindsNone()
    {
        using FakeCgroups fake = new("25 31 0:23 / /proc rw,nosuid - proc proc rw\n");

        Assert.Equal(CgroupLayout.None, fake.Host.Layout);
    }

    [Fact]
    public void Current_AgreesWithTheMountTable()
    {
        CgroupHost table = CgroupHost.Read("/");

        Assert.Equal(table.Layout, CgroupHost.Current.Layout);
        Assert.Equal(
            table.Hierarchies.Select(each => each.MountPoint).Order(),
            CgroupHost.Current.Hierarchies.Select(each => each.MountPoint).Order());
    }
}
