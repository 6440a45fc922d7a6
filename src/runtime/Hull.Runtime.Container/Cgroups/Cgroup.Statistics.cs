using System.Globalization;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>What it uses.</summary>
public sealed partial class Cgroup
{
    private const ulong NanosecondsPerMicrosecond = 1000;

    // cpuacct.stat counts in ticks of USER_HZ, which is 100 on every Linux a program can meet: sysconf(3), _SC_CLK_TCK.
    private const ulong NanosecondsPerTick = 10_000_000;

    private static readonly string[] s_cpusetKnobs =
    [
        "cpu_exclusive", "mem_hardwall", "mem_exclusive", "memory_migrate", "memory_spread_page", "memory_spread_slab",
        "memory_pressure", "sched_load_balance", "sched_relax_domain_level",
    ];

    /// <summary>What engines ask for often, from as few files as possible.</summary>
    public TaskStatistics GetStatistics()
    {
        CgroupStatistics details = new();
        ReadCpu(details.Cpu, brief: true);
        ReadPids(details);
        ReadBlockIo(details.BlockIo, brief: true);
        string? memory = DirectoryOf(CgroupControllers.Memory, out bool unified);
        string stat = memory is null ? "" : CgroupFile.ReadText(memory, "memory.stat");
        ulong? limit = null;
        ulong swap = 0;
        ulong peak = 0;
        if (memory is not null)
        {
            details.Memory.Usage = unified ? UnifiedUsage(memory, "memory") : LegacyUsage(memory, "memory");
            peak = details.Memory.Usage.Peak;
            limit = details.Memory.Usage.Limit < long.MaxValue / 2 ? details.Memory.Usage.Limit : null;
            swap = unified
                ? CgroupFile.ReadNumber(memory, "memory.swap.current") ?? 0
                : CgroupFile.ValueOf(stat, "total_swap") ?? 0;
        }

        return new TaskStatistics
        {
            CpuNanoseconds = details.Cpu.Total,
            CpuUserNanoseconds = details.Cpu.User,
            CpuKernelNanoseconds = details.Cpu.Kernel,
            CpuPeriods = details.Cpu.Periods,
            CpuThrottledPeriods = details.Cpu.ThrottledPeriods,
            CpuThrottledNanoseconds = details.Cpu.ThrottledTime,
            MemoryBytes = details.Memory.Usage.Current,
            MemoryPeakBytes = peak,
            MemoryCacheBytes = CgroupFile.ValueOf(stat, unified ? "inactive_file" : "total_inactive_file") ?? 0,
            MemoryLimitBytes = limit,
            SwapBytes = swap,
            OutOfMemoryKills = OutOfMemoryKills,
            Pids = details.Pids,
            PidsLimit = details.PidsLimit == 0 ? null : details.PidsLimit,
            BlockReadBytes = Sum(details.BlockIo.ServiceBytes, "Read"),
            BlockWriteBytes = Sum(details.BlockIo.ServiceBytes, "Write"),
            BlockReads = Sum(details.BlockIo.Serviced, "Read"),
            BlockWrites = Sum(details.BlockIo.Serviced, "Write"),
        };
    }

    /// <summary>Everything the kernel counts.</summary>
    public CgroupStatistics GetDetails()
    {
        CgroupStatistics details = new();
        ReadCpu(details.Cpu, brief: false);
        ReadCpuset(details);
        ReadMemory(details.Memory);
        ReadPids(details);
        ReadBlockIo(details.BlockIo, brief: false);
        ReadHugetlb(details);
        return details;
    }

    /// <summary>Times the kernel killed a process in it for want of memory.</summary>
    public ulong OutOfMemoryKills => DirectoryOf(CgroupControllers.Memory, out bool unified) is { } directory
        ? CgroupFile.ValueOf(CgroupFile.ReadText(directory, unified ? "memory.events" : "memory.oom_control"), "oom_kill") ?? 0
        : 0;

    /// <summary>Starts to watch for want of memory; the caller disposes the watch.</summary>
    /// <exception cref="HullException">This cgroup has no memory controller.</exception>
    public OutOfMemoryWatch WatchOutOfMemory()
    {
        string directory = Require(CgroupControllers.Memory, "out-of-memory notification", out bool unified);
        return OutOfMemoryWatch.Start(directory, unified);
    }

    private static ulong Sum(IReadOnlyList<BlockIoEntry> entries, string operation)
    {
        ulong sum = 0;
        for (int i = 0; i < entries.Count; i++)
        {
            sum += entries[i].Operation == operation ? entries[i].Value : 0;
        }

        return sum;
    }

    private void ReadCpu(CpuStatistics cpu, bool brief)
    {
        if (_host.Layout == CgroupLayout.Unified)
        {
            // cpu.stat is there even without the controller: cgroup-v2.rst, "CPU Interface Files".
            string stat = CgroupFile.ReadText(MainDirectory, "cpu.stat");
            cpu.Total = (CgroupFile.ValueOf(stat, "usage_usec") ?? 0) * NanosecondsPerMicrosecond;
            cpu.User = (CgroupFile.ValueOf(stat, "user_usec") ?? 0) * NanosecondsPerMicrosecond;
            cpu.Kernel = (CgroupFile.ValueOf(stat, "system_usec") ?? 0) * NanosecondsPerMicrosecond;
            cpu.Periods = CgroupFile.ValueOf(stat, "nr_periods") ?? 0;
            cpu.ThrottledPeriods = CgroupFile.ValueOf(stat, "nr_throttled") ?? 0;
            cpu.ThrottledTime = (CgroupFile.ValueOf(stat, "throttled_usec") ?? 0) * NanosecondsPerMicrosecond;
            cpu.Pressure = brief ? null : StatisticsReader.Pressure(CgroupFile.ReadText(MainDirectory, "cpu.pressure"));
            return;
        }

        if (DirectoryOf(CgroupControllers.Cpu, out _) is { } scheduler)
        {
            string stat = CgroupFile.ReadText(scheduler, "cpu.stat");
            cpu.Periods = CgroupFile.ValueOf(stat, "nr_periods") ?? 0;
            cpu.ThrottledPeriods = CgroupFile.ValueOf(stat, "nr_throttled") ?? 0;
            cpu.ThrottledTime = CgroupFile.ValueOf(stat, "throttled_time") ?? 0;
        }

        if (DirectoryOf(CgroupControllers.CpuAccounting, out _) is { } accounting)
        {
            string stat = CgroupFile.ReadText(accounting, "cpuacct.stat");
            cpu.Total = CgroupFile.ReadNumber(accounting, "cpuacct.usage") ?? 0;
            cpu.User = (CgroupFile.ValueOf(stat, "user") ?? 0) * NanosecondsPerTick;
            cpu.Kernel = (CgroupFile.ValueOf(stat, "system") ?? 0) * NanosecondsPerTick;
            if (!brief)
            {
                cpu.PerCpu = StatisticsReader.Numbers(CgroupFile.ReadText(accounting, "cpuacct.usage_percpu"));
                cpu.PerCpuUser = StatisticsReader.Numbers(CgroupFile.ReadText(accounting, "cpuacct.usage_percpu_user"));
                cpu.PerCpuKernel = StatisticsReader.Numbers(CgroupFile.ReadText(accounting, "cpuacct.usage_percpu_sys"));
            }
        }
    }

    private void ReadCpuset(CgroupStatistics details)
    {
        if (DirectoryOf(CgroupControllers.Cpuset, out bool unified) is not { } directory || unified)
        {
            return;
        }

        List<KeyValuePair<string, long>> knobs = new(s_cpusetKnobs.Length);
        foreach (string knob in s_cpusetKnobs)
        {
            string text = CgroupFile.ReadText(directory, $"cpuset.{knob}");
            _ = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value);
            knobs.Add(new(knob, value));
        }

        details.Cpuset = new CpusetStatistics
        {
            Cpus = StatisticsReader.Set(CgroupFile.ReadText(directory, "cpuset.cpus")),
            Mems = StatisticsReader.Set(CgroupFile.ReadText(directory, "cpuset.mems")),
            Knobs = knobs,
        };
    }

    private void ReadMemory(MemoryStatistics memory)
    {
        if (DirectoryOf(CgroupControllers.Memory, out bool unified) is not { } directory)
        {
            return;
        }

        string stat = CgroupFile.ReadText(directory, "memory.stat");
        memory.Raw = StatisticsReader.Table(stat);
        memory.Cache = CgroupFile.ValueOf(stat, unified ? "file" : "cache") ?? 0;
        if (!unified)
        {
            memory.Usage = LegacyUsage(directory, "memory");
            memory.Swap = LegacyUsage(directory, "memory.memsw");
            memory.Kernel = LegacyUsage(directory, "memory.kmem");
            memory.KernelTcp = LegacyUsage(directory, "memory.kmem.tcp");
            return;
        }

        // Version 1 counts memory and swap together, and whoever reads these numbers expects that.
        memory.Usage = UnifiedUsage(directory, "memory");
        MemoryUsage swap = UnifiedUsage(directory, "memory.swap");
        memory.Swap = new MemoryUsage(
            swap.Limit == ulong.MaxValue || memory.Usage.Limit == ulong.MaxValue ? ulong.MaxValue : swap.Limit + memory.Usage.Limit,
            swap.Current + memory.Usage.Current,
            0,
            0);
        memory.Pressure = StatisticsReader.Pressure(CgroupFile.ReadText(directory, "memory.pressure"));
    }

    private static MemoryUsage LegacyUsage(string directory, string prefix) => new(
        CgroupFile.ReadNumber(directory, $"{prefix}.limit_in_bytes") ?? 0,
        CgroupFile.ReadNumber(directory, $"{prefix}.usage_in_bytes") ?? 0,
        CgroupFile.ReadNumber(directory, $"{prefix}.max_usage_in_bytes") ?? 0,
        CgroupFile.ReadNumber(directory, $"{prefix}.failcnt") ?? 0);

    private static MemoryUsage UnifiedUsage(string directory, string prefix) => new(
        CgroupFile.ReadNumber(directory, $"{prefix}.max") ?? 0,
        CgroupFile.ReadNumber(directory, $"{prefix}.current") ?? 0,
        CgroupFile.ReadNumber(directory, $"{prefix}.peak") ?? 0,
        0);

    private void ReadPids(CgroupStatistics details)
    {
        if (DirectoryOf(CgroupControllers.Pids, out _) is not { } directory)
        {
            return;
        }

        details.Pids = CgroupFile.ReadNumber(directory, "pids.current") ?? 0;
        ulong limit = CgroupFile.ReadNumber(directory, "pids.max") ?? 0;
        details.PidsLimit = limit == ulong.MaxValue ? 0 : limit;
    }

    private void ReadBlockIo(BlockIoStatistics io, bool brief)
    {
        if (DirectoryOf(CgroupControllers.BlockIo, out bool unified) is not { } directory)
        {
            return;
        }

        if (unified)
        {
            StatisticsReader.UnifiedBlockIo(CgroupFile.ReadText(directory, "io.stat"), io);
            io.Pressure = brief ? null : StatisticsReader.Pressure(CgroupFile.ReadText(directory, "io.pressure"));
            return;
        }

        // The scheduler's own counts when it keeps some, else those of the throttling layer, which sees every request.
        string bytes = CgroupFile.ReadText(directory, "blkio.bfq.io_service_bytes_recursive");
        string prefix = bytes.Length > 0 ? "blkio.bfq" : "blkio.throttle";
        string ending = CgroupFile.Exists(directory, $"{prefix}.io_serviced_recursive") ? "_recursive" : "";
        io.ServiceBytes = StatisticsReader.LegacyBlockIo(CgroupFile.ReadText(directory, $"{prefix}.io_service_bytes{ending}"));
        io.Serviced = StatisticsReader.LegacyBlockIo(CgroupFile.ReadText(directory, $"{prefix}.io_serviced{ending}"));
    }

    private void ReadHugetlb(CgroupStatistics details)
    {
        const string Ending = ".usage_in_bytes";
        const string UnifiedEnding = ".current";
        if (DirectoryOf(CgroupControllers.Hugetlb, out bool unified) is not { } directory || !Directory.Exists(directory))
        {
            return;
        }

        foreach (string path in Directory.GetFiles(directory, $"hugetlb.*B{(unified ? UnifiedEnding : Ending)}"))
        {
            string file = Path.GetFileName(path);
            string prefix = file[..^(unified ? UnifiedEnding : Ending).Length];
            details.HugetlbBySize[prefix["hugetlb.".Length..]] = new HugetlbStatistics(
                CgroupFile.ReadNumber(directory, file) ?? 0,
                unified ? 0 : CgroupFile.ReadNumber(directory, $"{prefix}.max_usage_in_bytes") ?? 0,
                unified
                    ? CgroupFile.ValueOf(CgroupFile.ReadText(directory, $"{prefix}.events"), "max") ?? 0
                    : CgroupFile.ReadNumber(directory, $"{prefix}.failcnt") ?? 0);
        }
    }
}
