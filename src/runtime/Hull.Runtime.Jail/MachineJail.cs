using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime.MicroVm;

namespace Hull.Runtime.Jail;

/// <summary>Jails the two processes of a microVM: the machine, which has no files, and the server of its files, which has nothing else.</summary>
/// <param name="users">Where the locks of the processes' user ids lie.</param>
public sealed class MachineJail(string users) : IMachineJail
{
    // Beside the guest's memory: the interpreter's tables, the unpacked kernel and archive at the start, buffers.
    private const long MachineOverhead = 256L << 20;

    // What it remembers of a file is a quarter of what the guest's kernel does; and the page cache of what is written.
    private const long FilesMemory = 256L << 20;
    private const long FilesPartOfGuest = 4;
    private const ulong FilesMaxFiles = 16384;
    private const long MilliPerProcessor = 1000;

    // Devices work while the processors do: a limit that counted only processors would slow both.
    private const long MilliForDevices = 500;

    // What making files in a guest's name needs, and no more: it sees only what it was handed, whatever it may.
    private static readonly string[] s_fileCapabilities =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_SETUID", "CAP_SETGID", "CAP_MKNOD", "CAP_SETFCAP",
    ];

    /// <summary>Where the locks lie of all machines whose state lies in one directory, and of those beside it.</summary>
    /// <param name="directory">The directory of the machines.</param>
    public static string UsersBeside(string directory) =>
        Path.Combine(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(directory)) ?? "/", "vm-users");

    /// <inheritdoc/>
    public int StartMachine(MachineProcess process)
    {
        ArgumentNullException.ThrowIfNull(process);
        return Start(new JailPlan
        {
            Name = "machine",
            State = process.Directory,
            Program = process.Program,
            Arguments = [MachineDescriptors.MachineMode, process.Directory],
            Descriptors = process.Descriptors,
            Calls = JailCalls.Container(process.HasDisk),
            Mounts = process.Modules is { } modules ? [ProgramJail.Show(MachineDescriptors.ModulesInside, modules)] : [],
            CgroupPath = process.CgroupPath,
            MemoryBytes = process.MemoryBytes + MachineOverhead,
            MilliProcessors = (process.Processors * MilliPerProcessor) + MilliForDevices,
        });
    }

    /// <inheritdoc/>
    public int StartFileServer(MachineProcess process)
    {
        ArgumentNullException.ThrowIfNull(process);
        return Start(FileServerPlan(process.Directory, process.MemoryBytes) with
        {
            Program = process.Program,
            Descriptors = process.Descriptors,
            CgroupPath = process.CgroupPath + "-files",
        });
    }

    /// <inheritdoc/>
    public void Remove(string directory) => ProgramJail.Remove(directory);

    /// <summary>The jail of a process that serves files; what it runs, who it is and what it is handed are to be added.</summary>
    /// <param name="directory">The machine's directory that dies with the boot.</param>
    /// <param name="guestMemoryBytes">The guest's memory.</param>
    public static JailPlan FileServerPlan(string directory, long guestMemoryBytes) => new()
    {
        Name = "files",
        State = directory,
        Program = "",
        Arguments = [MachineDescriptors.FilesMode, directory],
        Descriptors = [],
        Calls = FileServerCalls.Filter(),

        // Over the files of others nobody but root has any.
        Capabilities = KernelProcess.EffectiveUserId == 0 ? s_fileCapabilities : [],
        Mounts = OwnDescriptors(ProgramJail.RootOf(directory)),
        MaxFiles = FilesMaxFiles,
        CgroupPath = "",
        MemoryBytes = FilesMemory + (guestMemoryBytes / FilesPartOfGuest),
    };

    private int Start(JailPlan plan)
    {
        using JailUser? user = KernelProcess.EffectiveUserId == 0 ? JailUser.Take(users) : null;
        using Container.ContainerTask task = ProgramJail.Start(plan with { User = user });
        return task.ProcessId;
    }

    // The server reaches a node by the name of its descriptor: of a whole /proc it needs that one directory.
    private static IReadOnlyList<MountSpec> OwnDescriptors(string root) =>
    [
        new MountSpec { Destination = "/all", Type = "proc", Source = "proc", Options = ["ro", "nosuid", "noexec", "nodev", "subset=pid"] },
        new MountSpec { Destination = "/proc/self/fd", Type = "bind", Source = root + "/all/1/fd", Options = ["bind", "ro", "nosuid", "noexec", "nodev"] },
        new MountSpec { Destination = "/all", Type = "tmpfs", Source = "tmpfs", Options = ["ro", "nosuid", "noexec", "nodev", "size=4k", "nr_inodes=2"] },
    ];
}
