using System.Text.Json;
using Hull.Linux;
using Hull.Machine.Host.Service;
using Hull.Machine.Host.Sharing;
using Hull.MachineProcess.User;
using Hull.Runtime.MicroVm;

namespace Hull.MachineProcess;

/// <summary>The process that serves a machine's files: trees of the host, handed over open.</summary>
internal static class ShareSet
{
    /// <summary>Serves a container's root and its mounts until the machine is gone.</summary>
    /// <returns>0: the machine ended.</returns>
    /// <exception cref="HullException">The process is not jailed.</exception>
    internal static int Serve()
    {
        Jail.Check();
        using var machine = FileDescriptor.Own(MachineDescriptors.Files, "read");
        MachineProcessOrders orders = MachineServer.ReadOrders();
        int number = MachineDescriptors.FirstTree;
        List<SharedTree> trees = orders.Machine.RootDisk is null
            ? [new(AgentProtocol.RootShare, TakeTree(number++)) { IsExclusive = true }]
            : [];
        trees.AddRange(orders.Shares.Select(share => new SharedTree(share.Name, TakeTree(number++)) { ReadOnly = share.ReadOnly }));
        return Serve(machine, trees, orders.Machine.MemoryBytes);
    }

    /// <summary>Serves what is shared with a machine of the user's until that is gone.</summary>
    /// <returns>0: the machine ended.</returns>
    /// <exception cref="HullException">The process is not jailed, or a share is not there.</exception>
    internal static int ServeUser()
    {
        Jail.Check();
        using var machine = FileDescriptor.Own(VmProtocol.FilesNumber, "read");
        using var file = FileDescriptor.Own(VmProtocol.OrdersNumber, "read");
        FileOrders orders = JsonSerializer.Deserialize(HostFile.ReadAll(file, "the orders"), VmJson.Default.FileOrders)
            ?? throw new HullException(ErrorKind.DataLoss, "The orders of the process that serves files are empty.");
        int number = VmProtocol.FirstTreeNumber;
        List<SharedTree> trees = [];
        foreach (FileTreeOrder tree in orders.Trees)
        {
            FileDescriptor root = tree.Path is null ? TakeTree(number++) : HostFile.Open(tree.Path, HostFile.PathOnly);
            trees.Add(new SharedTree(tree.Name, root) { ReadOnly = tree.ReadOnly });
        }

        return Serve(machine, trees, orders.MemoryBytes);
    }

    private static int Serve(FileDescriptor machine, IReadOnlyList<SharedTree> trees, long guestMemoryBytes)
    {
        // The guest says what modes its files have.
        NodeFile.ClearCreationMask();

        // Files are root's or who is asked for; this process is neither until it says so. Where it may not, all are its own.
        NodeFile.ActAsRoot();
        using FileServer server = new(trees, guestMemoryBytes);
        FileServerConnection.Serve(machine, server);
        return 0;
    }

    private static FileDescriptor TakeTree(int number) => FileDescriptor.Own(number, "open_tree");
}
