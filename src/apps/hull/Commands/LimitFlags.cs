using Hull.Engine.Settings;

namespace Hull.Cli.Commands;

/// <summary>The options for limits, shared by <c>run</c>, <c>create</c> and <c>update</c>.</summary>
internal sealed class LimitFlags
{
    private readonly TextFlag _cpus = new("cpus", '\0', "NUMBER", "Number of processors, such as 0.25 or 2.");
    private readonly NumberFlag _cpuShares = new("cpu-shares", 'c', "N", "Relative share of processor time (1024).");
    private readonly NumberFlag _cpuQuota = new("cpu-quota", '\0', "US", "Microseconds of processor time in each period.");
    private readonly NumberFlag _cpuPeriod = new("cpu-period", '\0', "US", "Length of the period, microseconds (100000).");
    private readonly NumberFlag _cpuRtPeriod = new("cpu-rt-period", '\0', "US", "Length of the period for real-time programs, microseconds (1000000); cgroup v1 only.");
    private readonly NumberFlag _cpuRtRuntime = new("cpu-rt-runtime", '\0', "US", "Microseconds that real-time programs may run in each such period.");
    private readonly TextFlag _cpusetCpus = new("cpuset-cpus", '\0', "LIST", "Processors it may use, such as 0-2,7.");
    private readonly TextFlag _cpusetMems = new("cpuset-mems", '\0', "LIST", "Memory nodes it may use.");
    private readonly TextFlag _memory = new("memory", 'm', "SIZE", "Most memory, such as 512m.");
    private readonly TextFlag _reservation = new("memory-reservation", '\0', "SIZE", "Soft memory limit.");
    private readonly TextFlag _swap = new("memory-swap", '\0', "SIZE", "Most memory and swap together; -1 for unlimited swap.");
    private readonly NumberFlag _pids = new("pids-limit", '\0', "N", "Most processes and threads; -1 for no limit.");
    private readonly NumberFlag _blkio = new("blkio-weight", '\0', "N", "Relative weight of block I/O, 10 to 1000.");

    internal IReadOnlyList<Flag> All =>
        [_cpus, _cpuShares, _cpuQuota, _cpuPeriod, _cpuRtPeriod, _cpuRtRuntime, _cpusetCpus, _cpusetMems, _memory, _reservation, _swap, _pids, _blkio];

    /// <summary>The limits with those that were given changed.</summary>
    internal ResourceSettings Apply(ResourceSettings limits) => limits with
    {
        NanoCpus = _cpus.Map(OptionText.ParseCpus, limits.NanoCpus),
        CpuShares = _cpuShares.Value ?? limits.CpuShares,
        CpuQuota = _cpuQuota.Value ?? limits.CpuQuota,
        CpuPeriod = _cpuPeriod.Value ?? limits.CpuPeriod,
        CpuRealtimePeriod = _cpuRtPeriod.Value ?? limits.CpuRealtimePeriod,
        CpuRealtimeRuntime = _cpuRtRuntime.Value ?? limits.CpuRealtimeRuntime,
        CpusetCpus = _cpusetCpus.Value ?? limits.CpusetCpus,
        CpusetMems = _cpusetMems.Value ?? limits.CpusetMems,
        MemoryBytes = _memory.Map(Size, limits.MemoryBytes),
        MemoryReservationBytes = _reservation.Map(Size, limits.MemoryReservationBytes),
        MemorySwapBytes = _swap.Map(text => text == "-1" ? -1 : Size(text), limits.MemorySwapBytes),
        PidsLimit = _pids.Value ?? limits.PidsLimit,
        BlockIoWeight = (int)(_blkio.Value ?? limits.BlockIoWeight),
    };

    internal static long Size(string text) => ByteSize.Parse(text).Bytes;
}
