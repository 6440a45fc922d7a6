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
                RunHooks(bundle.Spec.Hooks?.CreateContainer, "createContainer", "creating", NamespacesOf(bundle.Spec));
                break;
            case SyncMessage.StartHooks:
                RunHooks(WithEnvironment(bundle.Spec, bundle.Root.Path), "startContainer", "created", NamespacesOf(bundle.Spec));
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

    private void RunHooks(IReadOnlyList<HookSpec>? hooks, string kind, string status, ulong namespaces)
    {
        if (hooks is { Count: > 0 })
        {
            byte[] state = HookRunner.State(bundle, status, launch.Process.ProcessId);
            HookRunner.Run(hooks, state, launch.Process.PidFd, namespaces, mayFail: false, kind);
        }
    }

    /// <summary>The startContainer hooks: they run as the container's process would, so its environment is theirs when they name none.</summary>
    internal static List<HookSpec> WithEnvironment(RuntimeSpec spec, string root)
    {
        List<HookSpec> hooks = [];
        for (int i = 0; i < (spec.Hooks?.StartContainer?.Count ?? 0); i++)
        {
            HookSpec hook = spec.Hooks!.StartContainer![i];
            hooks.Add(hook.Env is not null ? hook : hook with
            {
                Env = ProcessEnvironment.Complete(
                    spec.Process?.Env, ProcessEnvironment.FindHome(root, spec.Process?.User?.Uid ?? 0)),
            });
        }

        return hooks;
    }

    private void CopyUp()
    {
        using FileDescriptor from = KernelProcess.TakeDescriptor(launch.Process.PidFd, (int)launch.Value);
        using FileDescriptor to = KernelProcess.TakeDescriptor(launch.Process.PidFd, (int)launch.SecondValue);
        TreeCopier.Copy(from, to);
    }
}
