using Hull.Linux;
using Hull.Machine.Host.Service;
using Hull.Machine.Host.Sharing;
using Hull.Oci.Runtime;
using Hull.Runtime.Container;
using Hull.Runtime.Jail;
using Microsoft.Win32.SafeHandles;

namespace Hull.Cli.Machines;

/// <content>The process that serves the files that are shared with the machine.</content>
internal sealed partial class VmLauncher
{
    private const string SharesInside = "/shares";

    private FileDescriptor? _farFiles;

    private int ConnectFiles()
    {
        (FileDescriptor near, FileDescriptor far) = UnixSocket.CreatePair();
        _opened.Add(near);
        _opened.Add(far);
        _farFiles = far;
        return Add(new SafeFileHandle(near.Number, ownsHandle: false));
    }

    private ContainerTask StartFileServer(VmConfiguration made, string cgroup, FileDescriptor nothing, FileDescriptor log)
    {
        ShareOptions[] shares = [.. made.Shares.Select(ShareOptions.Parse)];
        using JailUser? user = TakeUser();
        JailPlan plan = MachineJail.FileServerPlan(_place.State, made.MemoryBytes) with
        {
            Program = Program,
            Arguments = [VmProtocol.FilesMode],
            User = user,
            CgroupPath = cgroup,
        };
        List<FileDescriptor> descriptors = [];
        List<FileTreeOrder> orders = [];
        foreach (ShareOptions share in shares)
        {
            if (user is not null)
            {
                descriptors.Add(OpenTree(share));
                orders.Add(new FileTreeOrder(share.Name, share.ReadOnly, null));
                continue;
            }

            // Only root can make a mount that lies nowhere; in a namespace of one's own it lies in the jail.
            string inside = $"{SharesInside}/{share.Name}";
            plan = plan with { Mounts = [.. plan.Mounts, Show(share, inside)] };
            orders.Add(new FileTreeOrder(share.Name, share.ReadOnly, inside));
        }

        using SafeFileHandle orderFile = WriteOrders(new FileOrders(orders, made.MemoryBytes), VmJson.Default.FileOrders);
        return StartJailed(plan with { Descriptors = [nothing, log, log, Borrow(orderFile), _farFiles!, .. descriptors] });
    }

    // A mount of its own that lies nowhere, as for a container's machine: see docs/machine/jail.md.
    private FileDescriptor OpenTree(ShareOptions share)
    {
        FileDescriptor tree = MountTree.Copy(share.Path, recursive: true);
        _opened.Add(tree);
        MountTree.Restrict(tree, share.ReadOnly, share.Path);
        return tree;
    }

    private static MountSpec Show(ShareOptions share, string inside) => new()
    {
        Destination = inside,
        Type = "bind",
        Source = share.Path,
        Options = ["rbind", "rnosuid", "rnoexec", "rnodev", "rnosymfollow", .. share.ReadOnly ? (string[])["rro"] : []],
    };
}
