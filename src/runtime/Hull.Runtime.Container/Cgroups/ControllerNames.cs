namespace Hull.Runtime.Container.Cgroups;

/// <summary>The kernel's words for controllers.</summary>
internal static class ControllerNames
{
    private static readonly (string Name, CgroupControllers Controller)[] s_names =
    [
        ("cpu", CgroupControllers.Cpu),
        ("cpuacct", CgroupControllers.CpuAccounting),
        ("cpuset", CgroupControllers.Cpuset),
        ("memory", CgroupControllers.Memory),
        ("devices", CgroupControllers.Devices),
        ("freezer", CgroupControllers.Freezer),
        ("blkio", CgroupControllers.BlockIo),
        ("io", CgroupControllers.BlockIo),
        ("pids", CgroupControllers.Pids),
        ("net_cls", CgroupControllers.NetworkClass),
        ("net_prio", CgroupControllers.NetworkPriority),
        ("perf_event", CgroupControllers.PerfEvent),
        ("hugetlb", CgroupControllers.Hugetlb),
        ("rdma", CgroupControllers.Rdma),
        ("misc", CgroupControllers.Misc),
        ("name=systemd", CgroupControllers.Systemd),
    ];

    /// <summary>The set named by a list such as <c>cpu,cpuacct</c>; unknown names are left out.</summary>
    internal static CgroupControllers Parse(ReadOnlySpan<char> list, char separator)
    {
        CgroupControllers found = CgroupControllers.None;
        foreach (Range part in list.Split(separator))
        {
            found |= ParseOne(list[part].Trim());
        }

        return found;
    }

    /// <summary>The name of one controller, with version 2's word where it has one.</summary>
    internal static string Of(CgroupControllers controller, bool unified)
    {
        if (unified && controller == CgroupControllers.BlockIo)
        {
            return "io";
        }

        foreach ((string name, CgroupControllers value) in s_names)
        {
            if (value == controller)
            {
                return name;
            }
        }

        return "";
    }

    /// <summary>The single controllers of a set, lowest bit first.</summary>
    internal static CgroupControllers TakeFirst(ref CgroupControllers set)
    {
        var first = (CgroupControllers)((int)set & -(int)set);
        set &= ~first;
        return first;
    }

    private static CgroupControllers ParseOne(ReadOnlySpan<char> name)
    {
        foreach ((string known, CgroupControllers value) in s_names)
        {
            if (name.SequenceEqual(known))
            {
                return value;
            }
        }

        return CgroupControllers.None;
    }
}
