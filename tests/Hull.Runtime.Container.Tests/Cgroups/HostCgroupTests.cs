using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Cgroups;

namespace Hull.Runtime.Container.Tests.Cgroups;

/// <summary>This machine's real cgroups, below names of our own; needs root.</summary>
public sealed class HostCgroupTests : IDisposable
{
    private readonly string _path = $"/hull-test-{Environment.ProcessId}-{Guid.NewGuid():N}";
    private readonly List<Process> _processes = [];
    private Cgroup? _cgroup;

    public void Dispose()
    {
        _cgroup?.KillAll();
        foreach (Process process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        _cgroup?.Delete();
    }

    [Fact]
    public void Create_AndDelete_LeaveNothing()
    {
        Cgroup cgroup = Create(new LinuxResources());
        IReadOnlyDictionary<string, string> paths = cgroup.Paths;

        Assert.All(paths.Values, path => Assert.True(Directory.Exists(path), path));
        cgroup.Delete();

        Assert.All(paths.Values, path => Assert.False(Directory.Exists(path), path));
    }

    [Fact]
    public void Create_WithALimitTheKernelRefuses_LeavesNothing()
    {
        RequireRoot();

        Assert.Throws<HullException>(() => Cgroup.Create(
            CgroupHost.Current, _path, new LinuxResources { Cpu = new CpuSpec { Cpus = "4096-5000" } }));

        Assert.All(CgroupHost.Current.Hierarchies, each => Assert.False(Directory.Exists(each.MountPoint + _path)));
    }

    [Fact]
    public void Create_BelowAnEmptyCpuset_FillsTheParent()
    {
        RequireRoot();
        CgroupHierarchy? cpuset = CgroupHost.Current.Find(CgroupControllers.Cpuset);
        Assert.SkipUnless(cpuset is { IsUnified: false }, "This machine has no version 1 cpuset.");
        string parent = cpuset.MountPoint + _path;
        Directory.CreateDirectory(parent);
        try
        {
            var inner = Cgroup.Create(CgroupHost.Current, _path + "/inner", null);

            Assert.NotEqual("", CgroupFile.ReadText(parent + "/inner", "cpuset.cpus"));
            inner.Delete();
        }
        finally
        {
            Cgroup.Open(CgroupHost.Current, _path).Delete();
        }
    }

    [Fact]
    public void Apply_OfMemoryUpAndDown_FindsTheRightOrder()
    {
        Cgroup cgroup = Create(new LinuxResources { Memory = new MemorySpec { Limit = 32 << 20, Swap = 64 << 20 } });
        RequireLegacy(cgroup, CgroupControllers.Memory, out string memory);

        cgroup.Apply(new LinuxResources { Memory = new MemorySpec { Limit = 128 << 20, Swap = 256 << 20 } });
        Assert.Equal("134217728", CgroupFile.ReadText(memory, "memory.limit_in_bytes"));
        cgroup.Apply(new LinuxResources { Memory = new MemorySpec { Limit = 16 << 20, Swap = 16 << 20 } });

        Assert.Equal("16777216", CgroupFile.ReadText(memory, "memory.memsw.limit_in_bytes"));
        cgroup.Apply(new LinuxResources { Memory = new MemorySpec { Limit = -1 } });
        Assert.NotEqual("16777216", CgroupFile.ReadText(memory, "memory.memsw.limit_in_bytes"));
    }

    [Fact]
    public void Create_WithCpuAndPids_SetsThem()
    {
        Cgroup cgroup = Create(new LinuxResources
        {
            Cpu = new CpuSpec { Shares = 512, Quota = 25_000, Period = 100_000 },
            Pids = new PidsSpec { Limit = 7 },
        });
        RequireLegacy(cgroup, CgroupControllers.Cpu, out string cpu);
        RequireLegacy(cgroup, CgroupControllers.Pids, out string pids);

        Assert.Equal("512", CgroupFile.ReadText(cpu, "cpu.shares"));
        Assert.Equal("25000", CgroupFile.ReadText(cpu, "cpu.cfs_quota_us"));
        Assert.Equal("7", CgroupFile.ReadText(pids, "pids.max"));
    }

    [Fact]
    public void Create_WithDeviceRules_HasExactlyThem()
    {
        Cgroup cgroup = Create(new LinuxResources
        {
            Devices = [new DeviceRuleSpec { Allow = false, Access = "rwm" }, new DeviceRuleSpec { Allow = true, Type = "c", Major = 10, Minor = 229, Access = "rwm" }],
        });
        RequireLegacy(cgroup, CgroupControllers.Devices, out string devices);

        string list = CgroupFile.ReadText(devices, "devices.list");

        Assert.Contains("c 10:229 rwm", list, StringComparison.Ordinal);
        Assert.Contains("c *:* m", list, StringComparison.Ordinal);
        Assert.DoesNotContain("a *:* rwm", list, StringComparison.Ordinal);
        Assert.Equal(11, list.Split('\n').Length);
    }

    [Fact]
    public void DeviceFilter_OnARealUnifiedCgroup_IsReplacedNotAdded()
    {
        RequireRoot();
        CgroupHierarchy? unified = CgroupHost.Current.Unified;
        Assert.SkipUnless(unified is not null, "This machine has no unified hierarchy.");
        string directory = unified.MountPoint + _path;
        Directory.CreateDirectory(directory);
        try
        {
            ulong[] program = DeviceProgram.Emit(DeviceRules.Create([]));

            DeviceFilter.Replace(directory, program);
            DeviceFilter.Replace(directory, program);

            Assert.Equal(1, DeviceFilter.Count(directory));
        }
        finally
        {
            Directory.Delete(directory);
        }
    }

    [Fact]
    public void Freeze_AndThaw_StopAndContinueAProcess()
    {
        Cgroup cgroup = Create(new LinuxResources());
        Process process = StartIn(cgroup);

        Assert.False(cgroup.IsFrozen);
        cgroup.Freeze();
        Assert.True(cgroup.IsFrozen);
        Assert.Equal([process.Id], cgroup.GetProcessIds(all: true));
        cgroup.Thaw();

        Assert.False(cgroup.IsFrozen);
    }

    [Fact]
    public void KillAll_OfAFrozenCgroup_EndsEveryProcess()
    {
        Cgroup cgroup = Create(new LinuxResources());
        Process process = StartIn(cgroup);
        cgroup.Freeze();

        cgroup.KillAll();

        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(10)));
        Assert.Empty(cgroup.GetProcessIds(all: true));
    }

    [Fact]
    public void Delete_WithCgroupsInside_RemovesThemFirst()
    {
        Cgroup cgroup = Create(new LinuxResources());
        foreach (string directory in cgroup.Paths.Values)
        {
            Directory.CreateDirectory(Path.Combine(directory, "inner/deep"));
        }

        cgroup.Delete();

        Assert.False(cgroup.Exists);
    }

    [Fact]
    public void GetStatistics_OfARunningProcess_CountsIt()
    {
        Cgroup cgroup = Create(new LinuxResources { Memory = new MemorySpec { Limit = 64 << 20 }, Pids = new PidsSpec { Limit = 9 } });
        StartIn(cgroup);

        TaskStatistics statistics = cgroup.GetStatistics();

        Assert.Equal(1ul, statistics.Pids);
        Assert.Equal(9ul, statistics.PidsLimit);
        Assert.Equal(64ul << 20, statistics.MemoryLimitBytes);
    }

    [Fact]
    public void Details_OfACgroup_AreWrittenInRuncsShape()
    {
        Cgroup cgroup = Create(new LinuxResources());
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            StatisticsJson.Write(writer, cgroup.GetDetails());
        }

        using var document = JsonDocument.Parse(stream.ToArray());

        Assert.True(document.RootElement.GetProperty("cpu").GetProperty("usage").TryGetProperty("kernel", out _));
        Assert.True(document.RootElement.GetProperty("memory").GetProperty("usage").GetProperty("limit").GetUInt64() > 0);
        Assert.Equal(JsonValueKind.Object, document.RootElement.GetProperty("hugetlb").ValueKind);
    }

    [Fact]
    public void WatchOutOfMemory_OfAKilledProcess_Rings()
    {
        Cgroup cgroup = Create(new LinuxResources { Memory = new MemorySpec { Limit = 8 << 20, Swap = 8 << 20 } });
        using OutOfMemoryWatch watch = cgroup.WatchOutOfMemory();
        Assert.Equal(OutOfMemoryEvent.None, watch.Take());

        // tail keeps the endless line it reads in memory.
        Process process = Process.Start(new ProcessStartInfo("sh", ["-c", "read line; exec tail /dev/zero"]) { RedirectStandardInput = true })!;
        _processes.Add(process);
        Join(cgroup, process);
        process.StandardInput.WriteLine("go");

        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(20)), "The process was not killed.");
        Assert.Equal(OutOfMemoryEvent.OutOfMemory, watch.Take());
        Assert.True(cgroup.GetStatistics().OutOfMemoryKills > 0);
    }

    [Fact]
    public void Open_FromSavedPaths_FindsTheSameCgroup()
    {
        Cgroup cgroup = Create(new LinuxResources());

        Assert.Equal(cgroup.Paths, Cgroup.Open(CgroupHost.Current, cgroup.Paths).Paths);
        Assert.Equal(cgroup.JoinFiles, Cgroup.Open(CgroupHost.Current, _path).JoinFiles);
    }

    private static void RequireRoot()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Making cgroups needs root.");
        Assert.SkipUnless(CgroupHost.Current.Layout != CgroupLayout.None, "This machine has no cgroups.");
        string mount = CgroupHost.Current.Hierarchies[^1].MountPoint;
        Assert.SkipUnless(KernelFile.IsWritable(mount), "The cgroups of this machine are read-only.");
    }

    private static void RequireLegacy(Cgroup cgroup, CgroupControllers controller, out string directory)
    {
        string? found = cgroup.DirectoryOf(controller, out bool unified);
        Assert.SkipUnless(found is not null && !unified, $"This machine has no version 1 controller for {controller}.");
        directory = found;
    }

    private Cgroup Create(LinuxResources resources)
    {
        RequireRoot();
        return _cgroup = Cgroup.Create(CgroupHost.Current, _path, resources);
    }

    private Process StartIn(Cgroup cgroup)
    {
        ProcessStartInfo start = new("sleep", "60");
        Process process = Process.Start(start)!;
        _processes.Add(process);
        Join(cgroup, process);
        return process;
    }

    private static void Join(Cgroup cgroup, Process process)
    {
        string id = process.Id.ToString(CultureInfo.InvariantCulture);
        foreach (string directory in cgroup.Paths.Values)
        {
            File.WriteAllText(Path.Combine(directory, "cgroup.procs"), id);
        }
    }
}
