using System.Buffers.Binary;
using System.Globalization;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Spawn;

/// <summary>Steps for what is rarely asked: scheduler, I/O priority, personality, memory policy.</summary>
/// <remarks>Source: sched_setattr(2), ioprio_set(2), personality(2), set_mempolicy(2).</remarks>
internal static class Scheduling
{
    private static readonly string[] s_policies =
        ["SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH", "", "SCHED_IDLE", "SCHED_DEADLINE"];

    private static readonly string[] s_flags =
    [
        "SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY",
        "SCHED_FLAG_KEEP_PARAMS", "SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX",
    ];

    private static readonly string[] s_classes = ["", "IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE"];

    private static readonly string[] s_memoryModes =
    [
        "MPOL_DEFAULT", "MPOL_PREFERRED", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_LOCAL", "MPOL_PREFERRED_MANY",
        "MPOL_WEIGHTED_INTERLEAVE",
    ];

    private static readonly (string Name, ulong Bit)[] s_memoryFlags =
        [("MPOL_F_STATIC_NODES", 1 << 15), ("MPOL_F_RELATIVE_NODES", 1 << 14), ("MPOL_F_NUMA_BALANCING", 1 << 13)];

    /// <summary>The memory policies by name.</summary>
    internal static IReadOnlyList<string> MemoryModes => s_memoryModes;

    /// <summary>Their flags by name.</summary>
    internal static IReadOnlyList<string> MemoryFlags => Array.ConvertAll(s_memoryFlags, flag => flag.Name);

    /// <summary>Adds the steps.</summary>
    internal static void Add(PlanBuilder plan, ProcessSpec process, LinuxSpec linux, bool isFurther)
    {
        if (process.Scheduler is not null)
        {
            AddScheduler(plan, process.Scheduler, linux.Resources?.Cpu?.Cpus);
        }

        if (process.IoPriority is not null)
        {
            plan.Subject("The I/O priority '{0}'", process.IoPriority.Class);
            int priority = (Find(s_classes, process.IoPriority.Class, "I/O priority class") << 13) | (process.IoPriority.Priority & 0x1fff);
            plan.Call(SystemCall.IoprioSet, 1, 0, priority);
        }

        if (linux.Personality is not null)
        {
            plan.Subject("The personality '{0}'", linux.Personality.Domain);
            int domain = linux.Personality.Domain switch
            {
                "LINUX" => 0,
                "LINUX32" => 8,
                _ => throw new HullException(
                    ErrorKind.InvalidArgument, $"The personality '{linux.Personality.Domain}' does not exist: use LINUX or LINUX32."),
            };
            plan.Call(SystemCall.Personality, domain);
        }

        if (linux.MemoryPolicy is not null)
        {
            AddMemoryPolicy(plan, linux.MemoryPolicy);
        }

        if (isFurther)
        {
            AddProcessors(plan, process.ExecCPUAffinity?.Final);
        }
    }

    /// <summary>Adds the step that keeps the process on some processors; nothing for none.</summary>
    internal static void AddProcessors(PlanBuilder plan, string? processors)
    {
        if (!string.IsNullOrEmpty(processors))
        {
            plan.Subject("The processors '{0}'", processors);
            plan.Call(SystemCall.SchedSetaffinity, 0, 128, plan.Bytes(Mask(processors)));
        }
    }

    private static void AddScheduler(PlanBuilder plan, SchedulerSpec scheduler, string? processors)
    {
        // struct sched_attr, 48 bytes: size, policy, flags, nice, priority, runtime, deadline, period.
        Span<byte> attributes = stackalloc byte[48];
        attributes.Clear();
        ulong flags = 0;
        for (int i = 0; i < (scheduler.Flags?.Count ?? 0); i++)
        {
            flags |= 1ul << Find(s_flags, scheduler.Flags![i], "scheduler flag");
        }

        BinaryPrimitives.WriteInt32LittleEndian(attributes, 48);
        BinaryPrimitives.WriteInt32LittleEndian(attributes[4..], Find(s_policies, scheduler.Policy, "scheduler policy"));
        BinaryPrimitives.WriteUInt64LittleEndian(attributes[8..], flags);
        BinaryPrimitives.WriteInt32LittleEndian(attributes[16..], scheduler.Nice);
        BinaryPrimitives.WriteInt32LittleEndian(attributes[20..], scheduler.Priority);
        BinaryPrimitives.WriteUInt64LittleEndian(attributes[24..], scheduler.Runtime);
        BinaryPrimitives.WriteUInt64LittleEndian(attributes[32..], scheduler.Deadline);
        BinaryPrimitives.WriteUInt64LittleEndian(attributes[40..], scheduler.Period);
        if (string.IsNullOrEmpty(processors))
        {
            plan.Subject("The scheduler '{0}'", scheduler.Policy);
        }
        else
        {
            // sched_setattr(2) refuses deadlines to a process that may not run everywhere; the words are runc's.
            plan.Subject("The scheduler '{0}' (process scheduler can't be used together with AllowedCPUs '{1}')", scheduler.Policy, processors);
        }

        plan.Call(SystemCall.SchedSetattr, 0, plan.Bytes(attributes), 0);
    }

    private static void AddMemoryPolicy(PlanBuilder plan, MemoryPolicySpec policy)
    {
        int known = policy.Mode.Length == 0 ? -1 : Array.IndexOf(s_memoryModes, policy.Mode);
        ulong mode = known >= 0 ? (ulong)known : throw new HullException(
            ErrorKind.InvalidArgument, $"The memory policy '{policy.Mode}' does not exist: invalid memory policy mode.");
        for (int i = 0; i < (policy.Flags?.Count ?? 0); i++)
        {
            string flag = policy.Flags![i];
            (string Name, ulong Bit) found = Array.Find(s_memoryFlags, entry => entry.Name == flag);
            mode |= found.Bit != 0 ? found.Bit : throw new HullException(
                ErrorKind.InvalidArgument, $"The memory policy flag '{flag}' does not exist: invalid memory policy flag.");
        }

        plan.Subject("The memory policy '{0}'", policy.Mode);
        bool none = string.IsNullOrEmpty(policy.Nodes);
        int nodes = none ? 0 : CountOf(NodesOf(policy.Nodes!));
        if (nodes > 0 && policy.Mode is "MPOL_DEFAULT" or "MPOL_LOCAL")
        {
            throw new HullException(
                ErrorKind.InvalidArgument, $"The memory policy is contradictory: {policy.Mode} mode requires 0 nodes but got {nodes}.");
        }

        plan.Call(SystemCall.SetMempolicy, mode, none ? 0 : plan.Bytes(Mask(policy.Nodes!)), none ? 0 : 1024);
    }

    /// <summary>Reads <c>0-3,7</c> as a mask of 1,024 bits.</summary>
    internal static byte[] Mask(string list)
    {
        byte[] mask = new byte[128];
        foreach (string part in list.Split(','))
        {
            string[] ends = part.Trim().Split('-');
            if (ends.Length > 2 || !int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
                || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
                || first > last || last >= mask.Length * 8)
            {
                throw new HullException(ErrorKind.InvalidArgument, $"The list '{list}' is not a list of numbers such as 0-3,7.");
            }

            for (int i = first; i <= last; i++)
            {
                mask[i / 8] |= (byte)(1 << (i % 8));
            }
        }

        return mask;
    }

    private static byte[] NodesOf(string list)
    {
        try
        {
            return Mask(list);
        }
        catch (HullException error)
        {
            throw new HullException(error.Kind, $"The nodes of the memory policy cannot be read: invalid memory policy node '{list}'.", error);
        }
    }

    private static int CountOf(ReadOnlySpan<byte> mask)
    {
        int count = 0;
        foreach (byte bits in mask)
        {
            count += System.Numerics.BitOperations.PopCount(bits);
        }

        return count;
    }

    private static int Find(string[] names, string name, string what)
    {
        int index = name.Length == 0 ? -1 : Array.IndexOf(names, name);
        return index >= 0 ? index : throw new HullException(ErrorKind.InvalidArgument, $"The {what} '{name}' does not exist.");
    }
}
