using System.Globalization;
using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>Memory and swap.</summary>
public sealed partial class Cgroup
{
    private const string LegacyLimit = "memory.limit_in_bytes";
    private const string LegacySwap = "memory.memsw.limit_in_bytes";
    private const long Unlimited = -1;
    private const ulong MaxSwappiness = 100;

    private void SetMemory(MemorySpec? memory)
    {
        if (memory is null)
        {
            return;
        }

        // Kernel memory limits are gone from the kernel; runc ignores them too.
        bool limits = memory.Limit is not (null or 0) || memory.Swap is not (null or 0)
            || memory.Reservation is not (null or 0);
        bool knobs = memory.DisableOOMKiller == true || memory.Swappiness is not null;
        if (!limits && !knobs)
        {
            return;
        }

        string directory = Require(CgroupControllers.Memory, "memory limit", out bool unified);
        if (!unified)
        {
            SetMemoryLegacy(directory, memory);
        }
        else if (limits)
        {
            SetMemoryUnified(directory, memory);
        }
    }

    private static void SetMemoryLegacy(string directory, MemorySpec memory)
    {
        long limit = memory.Limit ?? 0;
        long swap = memory.Swap ?? 0;
        if (limit == Unlimited && swap == 0 && CgroupFile.Exists(directory, LegacySwap))
        {
            swap = Unlimited;
        }

        // At every moment the kernel wants memory <= memory + swap: raise the outer limit first, lower the inner one first.
        bool swapFirst = limit != 0 && swap != 0
            && (swap == Unlimited || CgroupFile.ReadNumber(directory, LegacyLimit) < (ulong)swap);
        if (swapFirst)
        {
            SetSwapLegacy(directory, swap);
        }

        SetLimitLegacy(directory, limit);
        if (!swapFirst)
        {
            SetSwapLegacy(directory, swap);
        }

        if (memory.Reservation is not (null or 0) and { } reservation)
        {
            CgroupFile.Write(directory, "memory.soft_limit_in_bytes", reservation);
        }

        if (memory.KernelTCP is not (null or 0) and { } socketBuffers)
        {
            CgroupFile.Write(directory, "memory.kmem.tcp.limit_in_bytes", socketBuffers);
        }

        if (memory.DisableOOMKiller == true)
        {
            CgroupFile.Write(directory, "memory.oom_control", "1");
        }

        if (memory.Swappiness is { } swappiness && swappiness != ulong.MaxValue)
        {
            if (swappiness > MaxSwappiness)
            {
                throw new HullException(
                    ErrorKind.InvalidArgument, $"The memory swappiness '{swappiness}' is invalid: the valid range is 0-100.");
            }

            CgroupFile.Write(directory, "memory.swappiness", swappiness);
        }
    }

    private static void SetSwapLegacy(string directory, long swap)
    {
        if (swap == 0)
        {
            return;
        }

        Errno error = CgroupFile.TryWrite(directory, LegacySwap, swap);
        if (error == Errno.NoEnt)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition,
                $"The memory and swap limit '{swap}' cannot be set: this kernel does not count swap (boot it with 'swapaccount=1').");
        }

        if (error != Errno.None)
        {
            throw CgroupFile.Failed(directory, LegacySwap, swap.ToString(CultureInfo.InvariantCulture), error);
        }
    }

    private static void SetLimitLegacy(string directory, long limit)
    {
        if (limit == 0)
        {
            return;
        }

        Errno error = CgroupFile.TryWrite(directory, LegacyLimit, limit);
        if (error == Errno.Busy)
        {
            throw BelowUsage(
                limit,
                CgroupFile.ReadNumber(directory, "memory.usage_in_bytes"),
                CgroupFile.ReadNumber(directory, "memory.max_usage_in_bytes"));
        }

        if (error != Errno.None)
        {
            throw CgroupFile.Failed(directory, LegacyLimit, limit.ToString(CultureInfo.InvariantCulture), error);
        }
    }

    private static void SetMemoryUnified(string directory, MemorySpec memory)
    {
        long limit = memory.Limit ?? 0;
        if (memory.CheckBeforeUpdate == true)
        {
            CheckUsage(directory, limit, memory.Reservation ?? 0);
        }

        if (SwapUnified(directory, limit, memory.Swap ?? 0) is { } swap)
        {
            // Without swap the file is missing, and "none" or "no limit" is then true already.
            Errno error = CgroupFile.TryWrite(directory, "memory.swap.max", swap);
            if (error != Errno.None && !(error == Errno.NoEnt && swap is "max" or "0"))
            {
                throw CgroupFile.Failed(directory, "memory.swap.max", swap, error);
            }
        }

        WriteOrMax(directory, "memory.max", limit);
        WriteOrMax(directory, "memory.low", memory.Reservation ?? 0);
    }

    // The specification counts memory and swap together, version 2 counts swap alone.
    private static string? SwapUnified(string directory, long limit, long swap)
    {
        if (swap == 0)
        {
            return limit == Unlimited ? "max" : null;
        }

        if (swap == Unlimited)
        {
            return "max";
        }

        if (limit == Unlimited)
        {
            return swap.ToString(CultureInfo.InvariantCulture);
        }

        // A live update may name one of the two; the other stands in the file.
        long memory = limit != 0 ? limit
            : CgroupFile.ReadNumber(directory, "memory.max") is { } current and < long.MaxValue ? (long)current
            : throw new HullException(
                ErrorKind.InvalidArgument, $"The memory and swap limit '{swap}' needs a memory limit: unable to set swap limit without memory limit.");
        return swap >= memory
            ? (swap - memory).ToString(CultureInfo.InvariantCulture)
            : throw new HullException(
                ErrorKind.InvalidArgument,
                $"The memory and swap limit '{swap}' is below the memory limit '{memory}': memory+swap limit should be >= memory limit.");
    }

    private static void WriteOrMax(string directory, string file, long value)
    {
        if (value == Unlimited)
        {
            CgroupFile.Write(directory, file, "max");
        }
        else if (value != 0)
        {
            CgroupFile.Write(directory, file, value);
        }
    }

    private static void CheckUsage(string directory, long limit, long reservation)
    {
        if (CgroupFile.ReadNumber(directory, "memory.current") is not { } usage)
        {
            return;
        }

        if (limit > 0 && (ulong)limit < usage)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, $"The memory limit is not changed: rejecting memory limit {limit} < usage {usage}.");
        }

        if (reservation > 0 && (ulong)reservation < usage)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition,
                $"The memory reservation is not changed: rejecting memory reservation {reservation} < usage {usage}.");
        }
    }

    private static HullException BelowUsage(long limit, ulong? usage, ulong? peak) => new(
        ErrorKind.FailedPrecondition,
        $"The memory limit is below what the container uses: unable to set memory limit to {limit} "
        + $"(current usage: {usage ?? 0}, peak usage: {peak ?? 0}).");
}
