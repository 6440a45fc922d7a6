using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container;

/// <summary>Refuses specifications with holes: null where JSON allows it and no list means it.</summary>
/// <remarks>Everything behind this check may rely on the elements of lists and the values of maps.</remarks>
internal static class SpecificationCheck
{
    /// <summary>Checks a whole specification.</summary>
    /// <exception cref="HullException">A list or map has a null in it.</exception>
    internal static void Check(RuntimeSpec spec)
    {
        Check(spec.Process);
        List(spec.Mounts, "mounts");
        for (int i = 0; i < (spec.Mounts?.Count ?? 0); i++)
        {
            List(spec.Mounts![i].Options, "mounts.options");
            List(spec.Mounts[i].UidMappings, "mounts.uidMappings");
            List(spec.Mounts[i].GidMappings, "mounts.gidMappings");
        }

        Map(spec.Annotations, "annotations");
        Check(spec.Hooks);
        Check(spec.Linux);
    }

    /// <summary>Checks that the descriptors that are to be handed on are open.</summary>
    /// <exception cref="HullException">One is not.</exception>
    internal static void CheckPreserved(int count)
    {
        for (int number = 3; number < 3 + (long)count; number++)
        {
            if (!DescriptorIo.IsInherited(number))
            {
                throw new HullException(
                    ErrorKind.InvalidArgument, $"The descriptor {number}, one of {count} to preserve, is not open: open it or preserve fewer.");
            }
        }
    }

    /// <summary>Checks a process alone.</summary>
    /// <exception cref="HullException">A list has a null in it.</exception>
    internal static void Check(ProcessSpec? process)
    {
        if (process is null)
        {
            return;
        }

        List(process.Args, "process.args");
        List(process.Env, "process.env");
        List(process.Rlimits, "process.rlimits");
        List(process.Scheduler?.Flags, "process.scheduler.flags");
        List(process.Capabilities?.Bounding, "process.capabilities.bounding");
        List(process.Capabilities?.Effective, "process.capabilities.effective");
        List(process.Capabilities?.Permitted, "process.capabilities.permitted");
        List(process.Capabilities?.Inheritable, "process.capabilities.inheritable");
        List(process.Capabilities?.Ambient, "process.capabilities.ambient");
    }

    private static void Check(HooksSpec? hooks)
    {
        foreach (IReadOnlyList<HookSpec>? list in (ReadOnlySpan<IReadOnlyList<HookSpec>?>)
            [hooks?.Prestart, hooks?.CreateRuntime, hooks?.CreateContainer, hooks?.StartContainer, hooks?.Poststart, hooks?.Poststop])
        {
            List(list, "hooks");
            for (int i = 0; i < (list?.Count ?? 0); i++)
            {
                List(list![i].Args, "hooks.args");
                List(list[i].Env, "hooks.env");
            }
        }
    }

    private static void Check(LinuxSpec? linux)
    {
        if (linux is null)
        {
            return;
        }

        List(linux.UidMappings, "linux.uidMappings");
        List(linux.GidMappings, "linux.gidMappings");
        Map(linux.Sysctl, "linux.sysctl");
        List(linux.Namespaces, "linux.namespaces");
        List(linux.Devices, "linux.devices");
        Map(linux.NetDevices, "linux.netDevices");
        List(linux.MaskedPaths, "linux.maskedPaths");
        List(linux.ReadonlyPaths, "linux.readonlyPaths");
        Map(linux.TimeOffsets, "linux.timeOffsets");
        List(linux.MemoryPolicy?.Flags, "linux.memoryPolicy.flags");
        List(linux.Personality?.Flags, "linux.personality.flags");
        List(linux.IntelRdt?.Schemata, "linux.intelRdt.schemata");
        Check(linux.Resources);
        Check(linux.Seccomp);
    }

    /// <summary>Checks limits alone.</summary>
    /// <exception cref="HullException">A list or map has a null in it.</exception>
    internal static void Check(LinuxResources? resources)
    {
        if (resources is null)
        {
            return;
        }

        List(resources.Devices, "linux.resources.devices");
        List(resources.HugepageLimits, "linux.resources.hugepageLimits");
        Map(resources.Rdma, "linux.resources.rdma");
        Map(resources.Unified, "linux.resources.unified");
        List(resources.Network?.Priorities, "linux.resources.network.priorities");
        List(resources.BlockIO?.WeightDevice, "linux.resources.blockIO.weightDevice");
        List(resources.BlockIO?.ThrottleReadBpsDevice, "linux.resources.blockIO.throttleReadBpsDevice");
        List(resources.BlockIO?.ThrottleWriteBpsDevice, "linux.resources.blockIO.throttleWriteBpsDevice");
        List(resources.BlockIO?.ThrottleReadIOPSDevice, "linux.resources.blockIO.throttleReadIOPSDevice");
        List(resources.BlockIO?.ThrottleWriteIOPSDevice, "linux.resources.blockIO.throttleWriteIOPSDevice");
    }

    private static void Check(SeccompSpec? seccomp)
    {
        List(seccomp?.Architectures, "linux.seccomp.architectures");
        List(seccomp?.Flags, "linux.seccomp.flags");
        List(seccomp?.Syscalls, "linux.seccomp.syscalls");
    }

    private static void List<T>(IReadOnlyList<T>? list, string name)
        where T : class
    {
        for (int i = 0; i < (list?.Count ?? 0); i++)
        {
            if (list![i] is null)
            {
                throw Hole(name);
            }
        }
    }

    private static void Map<T>(IReadOnlyDictionary<string, T>? map, string name)
        where T : class
    {
        if (map is null)
        {
            return;
        }

        foreach (KeyValuePair<string, T> entry in map)
        {
            if (entry.Value is null)
            {
                throw Hole(name);
            }
        }
    }

    private static HullException Hole(string name) =>
        new(ErrorKind.InvalidArgument, $"The configuration's '{name}' has an element that is null: remove it.");
}
