using Hull.Linux;

namespace Hull.Runtime.MicroVm;

/// <summary>Opens everything a microVM needs, and starts its two processes with it.</summary>
/// <param name="jail">Starts them.</param>
/// <param name="directory">The machine's, made and with its orders in it.</param>
/// <param name="orders">What it is made of.</param>
/// <param name="cgroup">The path of the machine's cgroup.</param>
internal sealed class MachineLauncher(IMachineJail jail, MachineDirectory directory, MachineProcessOrders orders, string cgroup) : IDisposable
{
    private const int OwnerOnly = 0x180;

    private readonly List<FileDescriptor> _open = [];

    /// <summary>Starts them; the machine's process ends the other by ending.</summary>
    /// <returns>Their numbers; both are children of this process.</returns>
    /// <exception cref="HullException">Something is missing, or cannot be jailed. Nothing runs then.</exception>
    internal (int Machine, int Files) Launch()
    {
        FileDescriptor nothing = Keep(HostFile.Open("/dev/null", HostFile.ReadWrite));
        FileDescriptor log = Keep(HostFile.Open(directory.Log, HostFile.WriteOnly | HostFile.Create | HostFile.Append, OwnerOnly));
        (FileDescriptor near, FileDescriptor far) = UnixSocket.CreatePair();
        Keep(near);
        Keep(far);
        List<FileDescriptor> trees = OpenTrees();
        List<FileDescriptor> machine =
        [
            nothing, log, log, OpenOrders(), near,
            Keep(UnixSocket.Listen(directory.Socket, 64)),
            Keep(HostFile.Open(directory.Console, HostFile.WriteOnly | HostFile.Create | HostFile.Append, OwnerOnly)),
            Keep(OpenRead(orders.Machine.Kernel, "kernel")),
            Keep(OpenRead(orders.Machine.Agent, "agent")),
        ];
        if (orders.HasKvm)
        {
            machine.Add(Keep(KvmSystem.OpenDevice()));
        }

        if (orders.Machine.RootDisk is { } disk)
        {
            machine.Add(Keep(HostFile.Open(disk.Overlay, HostFile.ReadWrite)));
            machine.Add(Keep(OpenRead(disk.Base, "disk")));
        }

        int files = jail.StartFileServer(ProcessOf([nothing, log, log, OpenOrders(), far, .. trees]));
        return (jail.StartMachine(ProcessOf(machine) with { Modules = orders.Machine.Modules, HasDisk = orders.Machine.RootDisk is not null }), files);
    }

    public void Dispose() => _open.ForEach(file => file.Dispose());

    /// <summary>Whether there is a KVM to hand to a machine.</summary>
    /// <exception cref="HullException">It is asked for and there is none.</exception>
    internal static bool FindKvm(string processor)
    {
        if (processor is not ("auto" or "kvm"))
        {
            return false;
        }

        try
        {
            KvmSystem.OpenDevice().Dispose();
            return true;
        }
        catch (LinuxException) when (processor == "auto")
        {
            // The interpreter runs everywhere.
            return false;
        }
    }

    private MachineProcess ProcessOf(IReadOnlyList<FileDescriptor> descriptors) => new()
    {
        Directory = directory.Path,
        Program = orders.Machine.Program,
        Descriptors = descriptors,
        CgroupPath = cgroup,
        MemoryBytes = orders.Machine.MemoryBytes,
        Processors = orders.Machine.Processors,
    };

    // Each process has its own: with one, what the first has read the second would miss.
    private FileDescriptor OpenOrders() => Keep(HostFile.Open(directory.Orders, HostFile.ReadOnly));

    // Mounts of their own that lie nowhere: what the kernel refuses there needs no server that refuses it.
    private List<FileDescriptor> OpenTrees()
    {
        List<FileDescriptor> trees = orders.Machine.RootDisk is null ? [Keep(OpenRoot(orders.Root))] : [];
        foreach (ShareOrder share in orders.Shares)
        {
            FileDescriptor tree = Keep(MountTree.Copy(share.Path, recursive: true));
            MountTree.Restrict(tree, share.ReadOnly, share.Path);
            trees.Add(tree);
        }

        return trees;
    }

    private static FileDescriptor OpenRoot(RootFilesystem root)
    {
        if (root.Lower.Count > 0)
        {
            return DetachedOverlay.Mount(root.Lower, root.Upper, root.Work);
        }

        FileDescriptor tree = MountTree.Copy(root.Path, recursive: true);
        try
        {
            MountTree.Restrict(tree, readOnly: false, root.Path);
            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    private static FileDescriptor OpenRead(string path, string what) =>
        HostFile.TryOpen(path, HostFile.ReadOnly, out Errno error) ?? throw new HullException(
            LinuxException.KindOf(error), $"The {what} '{path}' cannot be read: {LinuxException.TextOf(error)}.");

    private FileDescriptor Keep(FileDescriptor file)
    {
        _open.Add(file);
        return file;
    }
}
