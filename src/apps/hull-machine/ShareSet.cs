using Hull.Linux;
using Hull.Machine.Host.Sharing;
using Hull.MachineProcess.User;
using Hull.Runtime.MicroVm;

namespace Hull.MachineProcess;

/// <summary>The process that serves a machine's files: the container's root and its mounts, handed over open.</summary>
internal static class ShareSet
{
    /// <summary>Serves until the machine is gone.</summary>
    /// <returns>0: the machine ended.</returns>
    /// <exception cref="HullException">The process is not jailed.</exception>
    internal static int Serve()
    {
        Jail.Check();
        using var machine = FileDescriptor.Own(MachineDescriptors.Files, "read");
        MachineProcessOrders orders = MachineServer.ReadOrders();
        NodeFile.ClearCreationMask();

        // Files are root's or who is asked for; this process is neither until it says so.
        NodeFile.ActAsRoot();
        int number = MachineDescriptors.FirstTree;
        List<SharedTree> trees = orders.Machine.RootDisk is null
            ? [new(AgentProtocol.RootShare, TakeTree(number++)) { IsExclusive = true }]
            : [];
        trees.AddRange(orders.Shares.Select(share => new SharedTree(share.Name, TakeTree(number++)) { ReadOnly = share.ReadOnly }));
        using FileServer server = new(trees);
        FileServerConnection.Serve(machine, server);
        return 0;
    }

    private static FileDescriptor TakeTree(int number) => FileDescriptor.Own(number, "open_tree");
}
