using System.Globalization;
using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>Sets limits: everything but memory, processor, block devices and device access, which have files of their own.</summary>
public sealed partial class Cgroup
{
    private void Set(LinuxResources resources, bool withDevices, bool tolerant)
    {
        if (resources.Unified is { Count: > 0 } && _host.Layout != CgroupLayout.Unified)
        {
            throw new HullException(
                ErrorKind.InvalidArgument,
                "The resources have 'unified' entries, which need cgroup v2: invalid configuration: cannot use unified on cgroup v1.");
        }

        SetCpuset(resources.Cpu);
        if (withDevices)
        {
            SetDevices(resources.Devices ?? [], tolerant);
        }

        SetPids(resources.Pids);
        SetMemory(resources.Memory);
        SetBlockIo(resources.BlockIO);
        SetCpu(resources.Cpu);
        SetHugepages(resources.HugepageLimits);
        SetNetwork(resources.Network);
        SetRdma(resources.Rdma);
        SetUnified(resources.Unified);
    }

    /// <summary>The directory where a limit is set, or the reason why it cannot be.</summary>
    private string Require(CgroupControllers controller, string limit, out bool unified)
    {
        string? directory = DirectoryOf(controller, out unified);
        if (directory is not null)
        {
            return directory;
        }

        string name = ControllerNames.Of(controller, unified || _host.Layout == CgroupLayout.Unified);
        throw new HullException(
            ErrorKind.FailedPrecondition,
            _host.Find(controller) is null
                ? $"The {limit} cannot be set: this host has no '{name}' cgroup controller."
                : $"The {limit} cannot be set: container could not join or create cgroup for the controller '{name}'.");
    }

    private void SetPids(PidsSpec? pids)
    {
        if (pids?.Limit is not { } limit)
        {
            return;
        }

        // runc's reading: negative is unlimited, 0 becomes 1, because a container has at least its first process.
        string directory = Require(CgroupControllers.Pids, "pids limit", out _);
        if (limit < 0)
        {
            CgroupFile.Write(directory, "pids.max", "max");
        }
        else
        {
            CgroupFile.Write(directory, "pids.max", Math.Max(limit, 1));
        }
    }

    private void SetCpuset(CpuSpec? cpu)
    {
        if (cpu is { Cpus.Length: > 0 })
        {
            CgroupFile.Write(Require(CgroupControllers.Cpuset, "cpu set", out _), "cpuset.cpus", cpu.Cpus);
        }

        if (cpu is { Mems.Length: > 0 })
        {
            CgroupFile.Write(Require(CgroupControllers.Cpuset, "memory node set", out _), "cpuset.mems", cpu.Mems);
        }
    }

    private void SetHugepages(IReadOnlyList<HugepageLimitSpec>? limits)
    {
        for (int i = 0; i < limits?.Count; i++)
        {
            HugepageLimitSpec each = limits[i];
            if (each.PageSize.Length == 0 || each.PageSize.Contains('/', StringComparison.Ordinal))
            {
                throw new HullException(ErrorKind.InvalidArgument, $"'{each.PageSize}' is not a huge page size such as '2MB'.");
            }

            string directory = Require(CgroupControllers.Hugetlb, $"limit of {each.PageSize} huge pages", out bool unified);
            string ending = unified ? "max" : "limit_in_bytes";
            CgroupFile.Write(directory, $"hugetlb.{each.PageSize}.{ending}", each.Limit);

            // Reservations count since 5.7; without the file the first limit is all there is.
            string reserved = $"hugetlb.{each.PageSize}.rsvd.{ending}";
            if (CgroupFile.Exists(directory, reserved))
            {
                CgroupFile.Write(directory, reserved, each.Limit);
            }
        }
    }

    private void SetNetwork(NetworkSpec? network)
    {
        // Version 2 has no such controllers; runc ignores these settings there, and images for both exist.
        if (network is null || _host.Layout == CgroupLayout.Unified)
        {
            return;
        }

        if (network.ClassID is { } classId && classId != 0)
        {
            CgroupFile.Write(
                Require(CgroupControllers.NetworkClass, "network class", out _), "net_cls.classid", (ulong)classId);
        }

        for (int i = 0; i < network.Priorities?.Count; i++)
        {
            InterfacePrioritySpec each = network.Priorities[i];
            CgroupFile.Write(
                Require(CgroupControllers.NetworkPriority, "network priority", out _),
                "net_prio.ifpriomap",
                $"{each.Name} {each.Priority.ToString(CultureInfo.InvariantCulture)}");
        }
    }

    private void SetRdma(IReadOnlyDictionary<string, RdmaSpec>? devices)
    {
        if (devices is null)
        {
            return;
        }

        foreach ((string device, RdmaSpec limit) in devices)
        {
            string line = device;
            line = limit.HcaHandles is { } handles ? $"{line} hca_handle={handles}" : line;
            line = limit.HcaObjects is { } objects ? $"{line} hca_object={objects}" : line;
            CgroupFile.Write(Require(CgroupControllers.Rdma, $"RDMA limit of '{device}'", out _), "rdma.max", line);
        }
    }

    private void SetUnified(IReadOnlyDictionary<string, string>? files)
    {
        if (files is null || UnifiedDirectory is null)
        {
            return;
        }

        foreach ((string file, string value) in files)
        {
            if (file.Length == 0 || file.Contains('/', StringComparison.Ordinal) || file is "." or "..")
            {
                throw new HullException(
                    ErrorKind.InvalidArgument, $"The unified resource '{file}' must be a file name (no slashes).");
            }

            foreach (ReadOnlySpan<char> line in value.AsSpan().TrimEnd('\n').EnumerateLines())
            {
                WriteUnified(file, line.ToString());
            }
        }
    }

    private void WriteUnified(string file, string value)
    {
        string directory = UnifiedDirectory!; // The caller looked.
        Errno error = CgroupFile.TryWrite(directory, file, value);
        if (error == Errno.None)
        {
            return;
        }

        int dot = file.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
        {
            throw new HullException(
                ErrorKind.InvalidArgument, $"The unified resource '{file}' must be in the form CONTROLLER.PARAMETER.");
        }

        ReadOnlySpan<char> name = file.AsSpan(0, dot);
        bool known = name is "cgroup"
            || (ControllerNames.Parse(name, ' ') & _host.Unified!.Controllers) != 0; // A directory implies the hierarchy.
        throw known || error is not (Errno.NoEnt or Errno.Acces or Errno.Perm)
            ? CgroupFile.Failed(directory, file, value, error)
            : new HullException(
                ErrorKind.FailedPrecondition, $"The unified resource '{file}' can't be set: controller '{name}' not available.");
    }
}
