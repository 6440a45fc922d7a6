namespace Hull.Machine.Host.Service;

/// <summary>What a machine process of the user's is told to be. Files are descriptors it inherits: it opens nothing itself.</summary>
public sealed record VmOrders
{
    /// <summary>The kind of board.</summary>
    public string Board { get; init; } = "microvm";

    /// <summary>Bytes of RAM.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Packages, cores in each, threads in each core, NUMA nodes.</summary>
    public required IReadOnlyList<int> Topology { get; init; }

    /// <summary>auto, interpreter or kvm.</summary>
    public required string Processor { get; init; }

    /// <summary>Whether the guest is shown what interpreter and KVM both have.</summary>
    public bool Portable { get; init; }

    /// <summary>The descriptor of /dev/kvm; -1 for none.</summary>
    public int Kvm { get; init; } = -1;

    /// <summary>Whether the process must find itself jailed before it touches anything of the guest's.</summary>
    public bool Jailed { get; init; }

    /// <summary>The kernel's command line.</summary>
    public required string CommandLine { get; init; }

    /// <summary>Whether the guest unpacks its kernel itself.</summary>
    public bool KeepPacked { get; init; }

    /// <summary>The kernel's descriptor.</summary>
    public required int Kernel { get; init; }

    /// <summary>The first file system's descriptor; -1 for none.</summary>
    public int Initramfs { get; init; } = -1;

    /// <summary>The disks, in order.</summary>
    public IReadOnlyList<DiskOrder> Disks { get; init; } = [];

    /// <summary>The network cards, in order.</summary>
    public IReadOnlyList<NetworkOrder> Networks { get; init; } = [];

    /// <summary>The descriptor of the connection on which the process that serves the shares is asked; -1 for no shares.</summary>
    public int Files { get; init; } = -1;

    /// <summary>
    /// The descriptor of a connection that is the serial console: the machine ends with it, and when the guest resets. -1 for a console
    /// that is asked for.
    /// </summary>
    public int Console { get; init; } = -1;

    /// <summary>A snapshot to go on from: the state file's descriptor; -1 to boot.</summary>
    public int State { get; init; } = -1;

    /// <summary>The snapshot's memory file's descriptor.</summary>
    public int Memory { get; init; } = -1;
}
