using Hull.Linux;

namespace Hull.Runtime.MicroVm;

/// <summary>One of a machine's two processes, to be started in a jail.</summary>
public sealed record MachineProcess
{
    /// <summary>The machine's directory that dies with the boot; the process has its path as an argument, but cannot reach it.</summary>
    public required string Directory { get; init; }

    /// <summary>The program (<c>hull-machine</c>).</summary>
    public required string Program { get; init; }

    /// <summary>What becomes its descriptors 0, 1, 2, …; see <see cref="MachineDescriptors"/>.</summary>
    public required IReadOnlyList<FileDescriptor> Descriptors { get; init; }

    /// <summary>Its cgroup, from the mount point of each hierarchy on.</summary>
    public required string CgroupPath { get; init; }

    /// <summary>RAM of the guest, bytes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Virtual processors.</summary>
    public required int Processors { get; init; }

    /// <summary>Whether the machine's process was handed the files of a disk.</summary>
    public bool HasDisk { get; init; }

    /// <summary>The directory of the kernel's modules, which the machine's process is shown; null for none.</summary>
    public string? Modules { get; init; }
}
