using Hull.Oci.Runtime;
using Hull.Runtime.Container.Cgroups;

namespace Hull.Runtime.Container.Tests.Cgroups;

/// <summary>Version 2 against plain files: what is written where.</summary>
public sealed class UnifiedCgroupTests : IDisposable
{
    private readonly FakeCgroups _fake = FakeCgroups.Unified();
    private readonly Cgroup _cgroup;

    public UnifiedCgroupTests()
    {
        _fake.AddUnified("hull");
        _fake.AddUnified("hull/c1");
        _cgroup = Cgroup.Open(_fake.Host, "/hull/c1");
    }

    public void Dispose() => _fake.Dispose();

    [Fact]
    public void Create_EnablesTheControllersOnTheWay()
    {
        Assert.ThrowsAny<HullException>(() => Cgroup.Create(_fake.Host, "/hull/new", new LinuxResources()));

        Assert.Equal("+cpu +cpuset +memory +io +pids +hugetlb +rdma +misc", _fake.Read("cgroup.subtree_control"));
        Assert.Equal(_fake.Read("cgroup.subtree_control"), _fake.Read("hull/cgroup.subtree_control"));
        Assert.False(Directory.Exists(_fake.At("hull/new")), "The failed cgroup was left behind.");
    }

    [Fact]
    public void Create_OfACgroupWithProcesses_Refuses()
    {
        _fake.Write("hull/c1/cgroup.procs", "1\n");

        HullException error = Assert.Throws<HullException>(() => Cgroup.Create(_fake.Host, "/hull/c1", null));

        Assert.Contains("not empty", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_OfCpu_WritesWeightQuotaAndPeriod()
    {
        _cgroup.Apply(new LinuxResources { Cpu = new CpuSpec { Shares = 1024, Quota = 25_000, Period = 100_000, Burst = 5000 } });

        Assert.Equal("100", _fake.Read("hull/c1/cpu.weight"));
        Assert.Equal("25000 100000", _fake.Read("hull/c1/cpu.max"));
        Assert.Equal("5000", _fake.Read("hull/c1/cpu.max.burst"));
    }

    [Fact]
    public void Apply_OfAPeriodAlone_KeepsTheQuota()
    {
        _fake.Write("hull/c1/cpu.max", "20000 100000\n");

        _cgroup.Apply(new LinuxResources { Cpu = new CpuSpec { Period = 50_000 } });

        Assert.StartsWith("20000 50000", _fake.Read("hull/c1/cpu.max"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0ul, 0ul)]
    [InlineData(1ul, 1ul)]
    [InlineData(2ul, 1ul)]
    [InlineData(1024ul, 100ul)]
    [InlineData(262_144ul, 10_000ul)]
    [InlineData(999_999ul, 10_000ul)]
    public void WeightOfShares_MeetsTheFixedPoints(ulong shares, ulong weight) => Assert.Equal(weight, Cgroup.WeightOfShares(shares));

    [Fact]
    public void Apply_OfMemoryAndSwap_WritesSwapAlone()
    {
        _cgroup.Apply(new LinuxResources { Memory = new MemorySpec { Limit = 1 << 20, Swap = 3 << 20, Reservation = 4096 } });

        Assert.Equal("1048576", _fake.Read("hull/c1/memory.max"));
        Assert.Equal("2097152", _fake.Read("hull/c1/memory.swap.max"));
        Assert.Equal("4096", _fake.Read("hull/c1/memory.low"));
    }

    [Fact]
    public void Apply_OfUnlimitedMemory_LiftsSwapToo()
    {
        _cgroup.Apply(new LinuxResources { Memory = new MemorySpec { Limit = -1 } });

        Assert.Equal("max", _fake.Read("hull/c1/memory.max"));
        Assert.Equal("max", _fake.Read("hull/c1/memory.swap.max"));
    }

    [Fact]
    public void Apply_OfLessMemoryThanUsed_RefusesWhenAsked()
    {
        _fake.Write("hull/c1/memory.current", "5000\n");

        HullException error = Assert.Throws<HullException>(() => _cgroup.Apply(
            new LinuxResources { Memory = new MemorySpec { Limit = 4096, CheckBeforeUpdate = true } }));

        Assert.Contains("rejecting memory limit 4096 < usage 5000", error.Message, StringComparison.Ordinal);
        Assert.Equal("", _fake.Read("hull/c1/memory.max"));
    }

    [Fact]
    public void Apply_OfSwapBelowMemory_Refuses() => Assert.Throws<HullException>(() => _cgroup.Apply(
        new LinuxResources { Memory = new MemorySpec { Limit = 4096, Swap = 100 } }));

    [Theory]
    [InlineData(-1, "max")]
    [InlineData(0, "1")]
    [InlineData(20, "20")]
    public void Apply_OfPids_WritesWhatRuncWrites(long limit, string expected)
    {
        _cgroup.Apply(new LinuxResources { Pids = new PidsSpec { Limit = limit } });

        Assert.Equal(expected, _fake.Read("hull/c1/pids.max"));
    }

    [Fact]
    public void Apply_OfBlockIo_ConvertsWeightAndRates()
    {
        _cgroup.Apply(new LinuxResources
        {
            BlockIO = new BlockIoSpec
            {
                Weight = 1000,
                ThrottleReadBpsDevice = [new ThrottleDeviceSpec { Major = 8, Minor = 0, Rate = 1024 }],
            },
        });

        Assert.Equal("10000", _fake.Read("hull/c1/io.weight"));
        Assert.Equal("8:0 rbps=1024", _fake.Read("hull/c1/io.max"));
    }

    [Theory]
    [InlineData("../memory.max", "no slashes")]
    [InlineData("nodot", "CONTROLLER.PARAMETER")]
    [InlineData("nosuch.max", "controller 'nosuch' not available")]
    public void Apply_OfUnifiedFilesThatCannotBe_SaysWhy(string file, string expected)
    {
        HullException error = Assert.Throws<HullException>(() => _cgroup.Apply(
            new LinuxResources { Unified = new Dictionary<string, string> { [file] = "1" } }));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_OfUnifiedFiles_WritesThemAsTheyStand()
    {
        _cgroup.Apply(new LinuxResources { Unified = new Dictionary<string, string> { ["memory.high"] = "4096" } });

        Assert.Equal("4096", _fake.Read("hull/c1/memory.high"));
    }

    [Fact]
    public void Apply_OfALimitWithoutItsController_NamesTheController()
    {
        using var poor = FakeCgroups.Unified("cpu");
        poor.AddUnified("hull/c1", "cpu");

        HullException error = Assert.Throws<HullException>(() =>
            Cgroup.Open(poor.Host, "/hull/c1").Apply(new LinuxResources { Memory = new MemorySpec { Limit = 4096 } }));

        Assert.Contains("no 'memory' cgroup controller", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_OfSettingsThatMeanUnset_WritesNothing()
    {
        _cgroup.Apply(new LinuxResources
        {
            Cpu = new CpuSpec { Shares = 0, Quota = 0, Period = 0 },
            Memory = new MemorySpec { Limit = 0, Swap = 0 },
            BlockIO = new BlockIoSpec { Weight = 0 },
        });

        Assert.Equal("", _fake.Read("hull/c1/cpu.max") + _fake.Read("hull/c1/memory.max") + _fake.Read("hull/c1/io.weight"));
    }
}
