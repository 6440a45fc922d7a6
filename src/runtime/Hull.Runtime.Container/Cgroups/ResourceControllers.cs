using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>Which controllers a set of limits needs.</summary>
internal static class ResourceControllers
{
    internal static CgroupControllers NeededBy(LinuxResources? resources)
    {
        CgroupControllers needed = CgroupControllers.None;
        if (resources is null)
        {
            return needed;
        }

        needed |= resources.Memory is null ? 0 : CgroupControllers.Memory;
        needed |= resources.Cpu is null ? 0 : CgroupControllers.Cpu;
        needed |= resources.Cpu is { Cpus.Length: > 0 } or { Mems.Length: > 0 } ? CgroupControllers.Cpuset : 0;
        needed |= resources.Pids is null ? 0 : CgroupControllers.Pids;
        needed |= resources.BlockIO is null ? 0 : CgroupControllers.BlockIo;
        needed |= resources.HugepageLimits is { Count: > 0 } ? CgroupControllers.Hugetlb : 0;
        needed |= resources.Rdma is { Count: > 0 } ? CgroupControllers.Rdma : 0;
        return needed;
    }
}
