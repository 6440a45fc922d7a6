using System.Globalization;
using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>Processor time.</summary>
public sealed partial class Cgroup
{
    private const ulong MinShares = 2;
    private const ulong MaxShares = 262_144;
    private const ulong MaxWeight = 10_000;

    /// <summary>Version 2's weight (1 to 10,000) for version 1's shares (2 to 262,144); the defaults 1,024 and 100 meet.</summary>
    /// <remarks>
    /// The curve that runc 1.3 and crun 1.23 introduced: 10 to the power of (l² + 125 l) / 612 − 7/34 with l the binary
    /// logarithm of the shares. It goes through the smallest, the default and the largest value.
    /// </remarks>
    /// <param name="shares">Shares; 0 stands for "not set" and stays 0.</param>
    public static ulong WeightOfShares(ulong shares)
    {
        if (shares <= MinShares)
        {
            return shares == 0 ? 0u : 1u;
        }

        if (shares >= MaxShares)
        {
            return MaxWeight;
        }

        double log = Math.Log2(shares);
        double exponent = (((log * log) + (125 * log)) / 612.0) - (7.0 / 34.0);
        return (ulong)Math.Ceiling(Math.Pow(10, exponent));
    }

    private void SetCpu(CpuSpec? cpu)
    {
        if (cpu is null)
        {
            return;
        }

        bool any = cpu.Shares is > 0 || cpu.Quota is not (null or 0) || cpu.Period is > 0 || cpu.Burst is not null
            || cpu.Idle is not null || cpu.RealtimePeriod is > 0 || cpu.RealtimeRuntime is not (null or 0);
        if (!any)
        {
            return;
        }

        string directory = Require(CgroupControllers.Cpu, "cpu limit", out bool unified);
        if (unified)
        {
            SetCpuUnified(directory, cpu);
        }
        else
        {
            SetCpuLegacy(directory, cpu);
        }
    }

    private static void SetCpuLegacy(string directory, CpuSpec cpu)
    {
        if (cpu.Shares is { } shares && shares != 0)
        {
            // The kernel would silently take the nearest value it supports.
            if (shares is < MinShares or > MaxShares)
            {
                throw new HullException(
                    ErrorKind.InvalidArgument,
                    shares < MinShares
                        ? $"The cpu shares '{shares}' are too low: the minimum allowed cpu-shares is {MinShares}."
                        : $"The cpu shares '{shares}' are too high: the maximum allowed cpu-shares is {MaxShares}.");
            }

            CgroupFile.Write(directory, "cpu.shares", shares);
        }

        // The kernel checks quota / period against the parent's, and burst against quota, at each write: what is refused
        // before the new quota is known is tried again after it.
        bool hasQuota = cpu.Quota is not (null or 0);
        bool periodAgain = cpu.Period is > 0 and { } period && !TrySetBefore(directory, "cpu.cfs_period_us", period, hasQuota);
        bool burstAgain = cpu.Burst is { } burst && CgroupFile.Exists(directory, "cpu.cfs_burst_us")
            && !TrySetBefore(directory, "cpu.cfs_burst_us", burst, hasQuota);
        if (hasQuota)
        {
            CgroupFile.Write(directory, "cpu.cfs_quota_us", cpu.Quota!.Value); // hasQuota says that it is there.
            if (periodAgain)
            {
                CgroupFile.Write(directory, "cpu.cfs_period_us", cpu.Period!.Value); // Only a value is tried again.
            }

            if (burstAgain)
            {
                CgroupFile.Write(directory, "cpu.cfs_burst_us", cpu.Burst!.Value); // Only a value is tried again.
            }
        }

        if (cpu.Idle is { } idle)
        {
            CgroupFile.Write(directory, "cpu.idle", idle);
        }

        SetRealtime(directory, cpu);
    }

    private static bool TrySetBefore(string directory, string file, ulong value, bool again)
    {
        Errno error = CgroupFile.TryWrite(directory, file, (long)value);
        if (error == Errno.None)
        {
            return true;
        }

        return error == Errno.Inval && again
            ? false
            : throw CgroupFile.Failed(directory, file, value.ToString(CultureInfo.InvariantCulture), error);
    }

    private static void SetRealtime(string directory, CpuSpec cpu)
    {
        bool hasRuntime = cpu.RealtimeRuntime is not (null or 0);
        bool again = cpu.RealtimePeriod is > 0 and { } period
            && !TrySetBefore(directory, "cpu.rt_period_us", period, hasRuntime);
        if (hasRuntime)
        {
            CgroupFile.Write(directory, "cpu.rt_runtime_us", cpu.RealtimeRuntime!.Value); // hasRuntime says that it is there.
            if (again)
            {
                CgroupFile.Write(directory, "cpu.rt_period_us", cpu.RealtimePeriod!.Value); // Only a value is tried again.
            }
        }
    }

    private static void SetCpuUnified(string directory, CpuSpec cpu)
    {
        if (cpu.Idle is { } idle)
        {
            CgroupFile.Write(directory, "cpu.idle", idle);
        }

        // An idle group has no weight of its own; the kernel refuses one.
        if (cpu.Shares is > 0 and { } shares && cpu.Idle is not 1)
        {
            CgroupFile.Write(directory, "cpu.weight", WeightOfShares(shares));
        }

        bool hasQuota = cpu.Quota is not (null or 0);
        bool burstAgain = cpu.Burst is { } burst && !TrySetBefore(directory, "cpu.max.burst", burst, hasQuota);
        if (hasQuota || cpu.Period is > 0)
        {
            CgroupFile.Write(directory, "cpu.max", QuotaAndPeriod(directory, cpu));
        }

        if (burstAgain)
        {
            CgroupFile.Write(directory, "cpu.max.burst", cpu.Burst!.Value); // Only a value is tried again.
        }
    }

    // cpu.max takes "quota period" or the quota alone, which keeps the period; a new period keeps the quota that stands there.
    private static string QuotaAndPeriod(string directory, CpuSpec cpu)
    {
        string quota;
        if (cpu.Quota is not (null or 0))
        {
            quota = cpu.Quota < 0 ? "max" : cpu.Quota.Value.ToString(CultureInfo.InvariantCulture);
        }
        else
        {
            string current = CgroupFile.ReadText(directory, "cpu.max");
            int blank = current.IndexOf(' ', StringComparison.Ordinal);
            quota = blank > 0 ? current[..blank] : "max";
        }

        return cpu.Period is > 0 and { } period ? $"{quota} {period.ToString(CultureInfo.InvariantCulture)}" : quota;
    }
}
