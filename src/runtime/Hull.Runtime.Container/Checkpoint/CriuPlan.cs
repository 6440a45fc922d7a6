using System.Buffers.Binary;
using System.Globalization;
using Hull.Runtime.Container.Spawn;

namespace Hull.Runtime.Container.Checkpoint;

/// <summary>The plan of a process that becomes CRIU, serving requests on a socket.</summary>
internal static class CriuPlan
{
    // Far above what anybody inherits, and below every usual limit.
    private const int RequestSocket = 1000;

    /// <summary>Compiles it.</summary>
    /// <param name="program">CRIU's path.</param>
    /// <param name="environment">Its environment.</param>
    /// <param name="sync">The child's end of the socket pair for failures of the plan.</param>
    /// <param name="placement">Where it runs.</param>
    internal static SpawnPlan Compile(
        string program, IReadOnlyList<string> environment, int sync, CriuPlacement placement)
    {
        PlanBuilder plan = new();
        plan.ReportTo(sync);
        plan.Inherit(sync);
        plan.Subject("The program '{0}'", program);
        plan.Call(SystemCall.CloseRange, 3, uint.MaxValue, Kernel.CloseRangeCloseOnExec);
        plan.Call(SystemCall.Prctl, Kernel.PrSetParentDeathSignal, Kernel.SigKill);
        plan.Call(SystemCall.RtSigprocmask, 2, plan.Words(0), 0, 8);
        SignalDefaults.Add(plan);
        for (int target = 0; target < placement.Streams.Count; target++)
        {
            plan.Call(SystemCall.Dup2, plan.Inherit(placement.Streams[target]), target);
        }

        foreach (int number in placement.Descriptors)
        {
            plan.Call(SystemCall.Fcntl, plan.Inherit(number), Kernel.FSetFd, 0);
        }

        foreach (int file in placement.CgroupFiles)
        {
            plan.Call(SystemCall.Write, plan.Inherit(file), plan.Text("0"), 1);
        }

        if (placement.Root is string root)
        {
            BindRoot(plan, root);
            OpenAgain(plan, placement);
        }

        MakeRequestSocket(plan, sync);
        plan.Subject("The program '{0}'", program);
        plan.Call(
            SystemCall.Execve, plan.Text(program),
            plan.TextTable([program, "swrk", RequestSocket.ToString(CultureInfo.InvariantCulture)]),
            plan.TextTable(environment));
        return plan.Build();
    }

    // CRIU wants the root to be a mount point. In a mount namespace of its own nothing is left to unmount afterwards.
    private static void BindRoot(PlanBuilder plan, string root)
    {
        plan.Subject("The root '{0}'", root);
        plan.Call(SystemCall.Unshare, Kernel.CloneNewNs);
        plan.Call(SystemCall.Mount, 0, plan.Text("/"), 0, Kernel.MsRecursive | Kernel.MsPrivate, 0);
        const uint Bind = 0x1000;
        plan.Call(SystemCall.Mount, plan.Text(root), plan.Text(root), 0, Bind | Kernel.MsRecursive, 0);
    }

    // CRIU mounts in its working directory, which it cannot in one that belongs to another mount namespace.
    private static void OpenAgain(PlanBuilder plan, CriuPlacement placement)
    {
        foreach ((int number, string path) in placement.Directories)
        {
            plan.Subject("The directory '{0}'", path);
            PlanCell directory = plan.NewCell();
            plan.Call(SystemCall.Openat, Kernel.AtFdCwd, plan.Text(path), Kernel.ODirectory | Kernel.OCloseOnExec).Into(directory);
            plan.Call(SystemCall.Dup2, directory, number);
        }
    }

    // CRIU takes the numbers of directories for those of whoever made the socket, and reaches them through that process's
    // entry in /proc. So its own process makes it: then they are looked up in its mount namespace.
    private static void MakeRequestSocket(PlanBuilder plan, int sync)
    {
        const int Unix = 1;
        const int MessagesCloseOnExec = 5 | 0x80000;
        plan.Subject("The socket for requests");
        uint pair = plan.Scratch(16);
        plan.Call(SystemCall.Socketpair, Unix, MessagesCloseOnExec, 0, pair);

        // Two 32-bit numbers: the kernel looks at the lower half of an argument only.
        plan.Call(SystemCall.Dup2, new PlanCell(pair), RequestSocket);
        Span<byte> record = stackalloc byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)SyncMessage.RequestSocket);
        uint message = plan.Variable(record);
        plan.Store(message + 8, new PlanCell(pair + 4));
        plan.Call(SystemCall.Write, sync, message, record.Length);
        PlanCell answer = plan.NewCell();
        plan.Call(SystemCall.Read, sync, plan.Scratch(8), 1).Into(answer);
        plan.Check(answer.Address, ulong.MaxValue, 1, Linux.Errno.Pipe);
    }
}
