using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Seccomp;
using Hull.Runtime.Container.Spawn;

namespace Hull.Runtime.Container;

/// <summary>Answers what a starting container asks: id maps, hooks.</summary>
/// <param name="bundle">What is started.</param>
/// <param name="launch">The process.</param>
/// <param name="log">Takes steps; null for nobody.</param>
internal sealed class ContainerConversation(Bundle bundle, Launch launch, IRuntimeLog? log)
{
    /// <summary>Where that lies.</summary>
    internal required string StateDirectory { get; init; }

    /// <summary>What is written down about the container so far.</summary>
    internal ContainerRecord? Record { get; set; }

    /// <summary>Waits for one message and answers it.</summary>
    /// <returns>False when the process said everything.</returns>
    internal bool Step()
    {
        switch (launch.Next())
        {
            case null:
                return false;
            case SyncMessage.MapIds:
                IdMapWriter.Write(launch.Process.ProcessId, bundle.Spec.Linux!);
                break;
            case SyncMessage.RuntimeHooks:
                RunHooks(bundle.Spec.Hooks?.Prestart, "prestart", "created", 0);
                RunHooks(bundle.Spec.Hooks?.CreateRuntime, "createRuntime", "creating", 0);
                break;
            case SyncMessage.ContainerHooks:
                RunHooks(bundle.Spec.Hooks?.CreateContainer, "createContainer", "creating", NamespacesOf(bundle.Spec), bundle.Root.Path);
                break;
            case SyncMessage.StartHooks:
                RunStartHooks();
                break;
            case SyncMessage.SeccompListener:
                SeccompAgent.HandOver(bundle.Spec, Record!, launch.Process.PidFd, (int)launch.Value);
                break;
            case SyncMessage.NetworkDevices:
                NetworkDevices.Move(bundle.Spec.Linux!.NetDevices!, launch.Process, (int)launch.Value);
                break;
            case SyncMessage.CopyUp:
                CopyUp();
                break;
            case SyncMessage.MapMount:
                MapMount();
                break;
            case SyncMessage.MakeTarget:
                MakeTarget();
                break;
            case SyncMessage.Ready:
                log?.Debug("init: closing the pipe to signal completion");
                break;
        }

        launch.Answer();
        return true;
    }

    /// <summary>The CLONE_NEW* flags of the namespaces that are not the host's; without the pid namespace, which needs a fork.</summary>
    internal static ulong NamespacesOf(RuntimeSpec spec)
    {
        ulong flags = 0;
        for (int i = 0; i < (spec.Linux?.Namespaces?.Count ?? 0); i++)
        {
            flags |= SpawnPlanCompiler.FlagOf(spec.Linux!.Namespaces![i].Type);
        }

        return flags & ~(Kernel.CloneNewPid | Kernel.CloneNewTime);
    }

    private void RunHooks(IReadOnlyList<HookSpec>? hooks, string kind, string status, ulong namespaces, string? directory = null)
    {
        if (hooks is { Count: > 0 })
        {
            byte[] state = HookRunner.State(bundle, status, launch.Process.ProcessId);
            HookRunner.Run(hooks, state, launch.Process.PidFd, namespaces, mayFail: false, kind, directory);
        }
    }

    private void RunStartHooks()
    {
        byte[] state = HookRunner.State(bundle, "created", launch.Process.ProcessId);

        // Not disposed: the descriptor is the launch's.
        ContainerTask task = new(Path.GetDirectoryName(StateDirectory) ?? "/", Record!, launch.Process.PidFd, log); // Set before the first message.
        HookRunner.RunInside(bundle.Spec.Hooks?.StartContainer, state, task, bundle.Spec.Process!, StateDirectory, log); // It executes one.
    }

    private void MapMount()
    {
        using FileDescriptor tree = KernelProcess.TakeDescriptor(launch.Process.PidFd, (int)launch.Value);
        PreparedMounts.MapIds(bundle.Spec, MountAt(launch.SecondValue), tree);
    }

    private void MakeTarget()
    {
        using FileDescriptor root = KernelProcess.TakeDescriptor(launch.Process.PidFd, (int)launch.Value);
        MountSpec mount = MountAt(launch.SecondValue >> 1);
        TargetMaker.Make(root, ContainerPaths.Destination(bundle.Root.Path, mount.Destination), directory: (launch.SecondValue & 1) != 0);
    }

    private MountSpec MountAt(long index) => index >= 0 && index < bundle.Spec.Mounts?.Count
        ? bundle.Spec.Mounts[(int)index]
        : throw new HullException(ErrorKind.Internal, $"The new process asked for the mount '{index}', which does not exist.");

    private void CopyUp()
    {
        using FileDescriptor from = KernelProcess.TakeDescriptor(launch.Process.PidFd, (int)launch.Value);
        using FileDescriptor to = KernelProcess.TakeDescriptor(launch.Process.PidFd, (int)launch.SecondValue);
        TreeCopier.Copy(from, to);
    }
}
