using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Spawn;

/// <summary>Everything besides the specification that the plan of a container depends on.</summary>
public sealed record SpawnContext
{
    /// <summary>What to run and how to contain it.</summary>
    public required RuntimeSpec Spec { get; init; }

    /// <summary>Where the root comes from.</summary>
    public required RootFilesystem Root { get; init; }

    /// <summary>The bundle's directory; relative sources start here.</summary>
    public required string BundleDirectory { get; init; }

    /// <summary>The container's name.</summary>
    public required ContainerId Id { get; init; }

    /// <summary>What the host can do.</summary>
    public required HostFacts Host { get; init; }

    /// <summary>The child's end of the socket pair to the parent.</summary>
    public required int SyncSocket { get; init; }

    /// <summary>The pipe in which the child waits for start; -1 when it goes on at once.</summary>
    public int StartPipe { get; init; } = -1;

    /// <summary>The pipe to which failures after start are reported; with <see cref="StartPipe"/>.</summary>
    public int ReportPipe { get; init; } = -1;

    /// <summary>Standard input, output and error in the parent.</summary>
    public IReadOnlyList<int> Streams { get; init; } = [0, 1, 2];

    /// <summary>The socket that receives the terminal's master; -1 for none.</summary>
    public int ConsoleSocket { get; init; } = -1;

    /// <summary>Whether the terminal leaves line feeds alone.</summary>
    public bool KeepsLineFeeds { get; init; }

    /// <summary>How many descriptors from 3 upward the process inherits.</summary>
    public int PreservedDescriptors { get; init; }

    /// <summary>Descriptors in the parent that become the process's 3, 4, …</summary>
    public IReadOnlyList<int> Further { get; init; } = [];

    /// <summary>Namespaces to join.</summary>
    public IReadOnlyList<JoinedNamespace> Joined { get; init; } = [];

    /// <summary>Open cgroup files to which the process writes "0" to join.</summary>
    public IReadOnlyList<int> CgroupFiles { get; init; } = [];

    /// <summary>What a mount of type cgroup shows: directory names and the host directories bound there.</summary>
    public IReadOnlyList<CgroupView> CgroupViews { get; init; } = [];

    /// <summary>For a further process: the pidfd of the container's first process; otherwise -1.</summary>
    public int ContainerProcess { get; init; } = -1;

    /// <summary>For a further process: the CLONE_NEW* flags of the container's own namespaces.</summary>
    public ulong ContainerNamespaces { get; init; }

    /// <summary>For a further process in a container without a mount namespace: its open root; otherwise -1.</summary>
    public int ContainerRoot { get; init; } = -1;

    /// <summary>The home directory for a process whose environment names none.</summary>
    public string Home { get; init; } = "/";

    /// <summary>The program, when it is not what the first argument names; null otherwise.</summary>
    public string? Program { get; init; }

    /// <summary>Detached mounts that the parent made, by the index of the mount: those with ids mapped.</summary>
    public IReadOnlyDictionary<int, int> PreparedMounts { get; init; } = new Dictionary<int, int>();

    /// <summary>Takes warnings; where steps are wanted too, the process reports its own. Null for nobody.</summary>
    public IRuntimeLog? Log { get; init; }

    /// <summary>Whether to change the root by MS_MOVE and chroot: for hosts whose root is an initramfs.</summary>
    public bool NoPivot { get; init; }

    /// <summary>Whether to keep the session keyring.</summary>
    public bool NoNewKeyring { get; init; }

    /// <summary>The compiled seccomp filter (struct sock_filter); empty for none.</summary>
    public ReadOnlyMemory<byte> SeccompFilter { get; init; }

    /// <summary>SECCOMP_FILTER_FLAG_* bits.</summary>
    public uint SeccompFlags { get; init; }
}
