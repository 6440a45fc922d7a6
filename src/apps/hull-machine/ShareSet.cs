using Hull.Linux;
using Hull.Machine.Host.Sharing;
using Hull.Runtime.MicroVm;

namespace Hull.MachineProcess;

/// <summary>What of the host the guest sees: the container's root and its mounts, held open.</summary>
internal sealed class ShareSet : IDisposable
{
    private ShareSet(FileServer server) => Server = server;

    internal FileServer Server { get; }

    /// <summary>Opens everything the orders name.</summary>
    /// <exception cref="HullException">Something is not there.</exception>
    internal static ShareSet Open(MachineProcessOrders orders)
    {
        NodeFile.ClearCreationMask();
        List<SharedTree> trees = [new(AgentProtocol.RootShare, OpenRoot(orders.Root)) { IsExclusive = true }];
        try
        {
            foreach (ShareOrder share in orders.Shares)
            {
                trees.Add(new SharedTree(share.Name, HostFile.Open(share.Path, HostFile.PathOnly)) { ReadOnly = share.ReadOnly });
            }

            return new ShareSet(new FileServer(trees));
        }
        catch
        {
            trees.ForEach(tree => tree.Root.Dispose());
            throw;
        }
    }

    public void Dispose() => Server.Dispose();

    private static FileDescriptor OpenRoot(RootFilesystem root) => root.Lower.Count == 0
        ? HostFile.Open(root.Path, HostFile.PathOnly | HostFile.Directory)
        : DetachedOverlay.Mount(root.Lower, root.Upper, root.Work);
}
