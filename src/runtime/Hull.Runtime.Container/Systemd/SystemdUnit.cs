using Hull.Oci.Runtime;
using Hull.Runtime.Container.Cgroups;

namespace Hull.Runtime.Container.Systemd;

/// <summary>A container's unit: made with its cgroup, changed with its limits, stopped with its end.</summary>
internal static class SystemdUnit
{
    /// <summary>Starts the unit, and opens its cgroup in every hierarchy with its limits set.</summary>
    /// <param name="name">The unit.</param>
    /// <param name="id">The container.</param>
    /// <param name="spec">Its specification.</param>
    /// <param name="placeholder">The process the unit starts with; it must live until the container's has joined.</param>
    /// <exception cref="HullException">Nothing is left behind when this throws.</exception>
    internal static Cgroup Start(UnitName name, ContainerId id, RuntimeSpec spec, Placeholder placeholder)
    {
        using SystemdManager manager = SystemdManager.Open();
        bool unified = CgroupHost.Current.Layout == CgroupLayout.Unified;
        LinuxResources resources = spec.Linux?.Resources ?? new LinuxResources();
        UnitProperties properties = Base(name, id, placeholder, unified);
        properties.AddAll(ResourceProperties.Of(resources, unified, withDevices: !SystemdManager.IsUser));
        properties.AddAll(AnnotationProperties.Of(spec.Annotations));
        manager.Start(name, properties);
        try
        {
            CgroupMode mode = SystemdManager.IsUser ? CgroupMode.WherePermitted : CgroupMode.Required;
            return Cgroup.Adopt(CgroupHost.Current, manager.ControlGroupOf(name), resources, mode);
        }
        catch
        {
            manager.Stop(name);
            throw;
        }
    }

    /// <summary>Tells systemd new limits.</summary>
    internal static void Update(string unit, LinuxResources resources)
    {
        UnitProperties properties = ResourceProperties.Of(resources, CgroupHost.Current.Layout == CgroupLayout.Unified, withDevices: false);
        if (properties.Names.Count > 0)
        {
            using SystemdManager manager = SystemdManager.Open();
            manager.SetProperties(unit, properties);
        }
    }

    /// <summary>Stops the unit; whatever runs in it was ended by the caller.</summary>
    internal static void Stop(UnitName unit)
    {
        using SystemdManager manager = SystemdManager.Open();
        manager.Stop(unit);
    }

    /// <inheritdoc cref="Stop(UnitName)"/>
    internal static void Stop(string unit) => Stop(new UnitName("", unit));

    private static UnitProperties Base(UnitName name, ContainerId id, Placeholder placeholder, bool unified)
    {
        UnitProperties properties = new();
        properties.Add("Description", $"Hull container {id}");
        if (name.IsSlice)
        {
            properties.Add("Wants", [name.Slice]);
        }
        else
        {
            properties.Add("Slice", name.Slice);
            properties.Add("Delegate", true);
            properties.AddProcess("PIDs", placeholder.ProcessId);
        }

        properties.Add("DefaultDependencies", false);
        properties.Add("MemoryAccounting", true);
        properties.Add("CPUAccounting", true);
        properties.Add("TasksAccounting", true);
        properties.Add(unified ? "IOAccounting" : "BlockIOAccounting", true);
        return properties;
    }
}
