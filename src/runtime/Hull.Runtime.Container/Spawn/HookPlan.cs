using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Spawn;

/// <summary>The plan of a process that becomes a hook.</summary>
internal static class HookPlan
{
    /// <summary>Compiles it.</summary>
    /// <param name="hook">The program.</param>
    /// <param name="environment">Its environment.</param>
    /// <param name="socket">The child's end of the socket pair.</param>
    /// <param name="input">What becomes standard input.</param>
    /// <param name="container">pidfd of the process whose namespaces to join; -1 for none.</param>
    /// <param name="namespaces">The CLONE_NEW* flags to join.</param>
    /// <param name="directory">Where it starts; null for where this process is.</param>
    internal static SpawnPlan Compile(
        HookSpec hook, IReadOnlyList<string> environment, int socket, int input, int container, ulong namespaces, string? directory)
    {
        PlanBuilder plan = new();
        plan.ReportTo(socket);
        plan.Inherit(socket);
        plan.Subject("The hook '{0}'", hook.Path);
        plan.Call(SystemCall.CloseRange, 3, uint.MaxValue, Kernel.CloseRangeCloseOnExec);
        plan.Call(SystemCall.Prctl, Kernel.PrSetParentDeathSignal, Kernel.SigKill);
        plan.Call(SystemCall.RtSigprocmask, 2, plan.Words(0), 0, 8);
        SignalDefaults.Add(plan);
        plan.Call(SystemCall.Dup2, plan.Inherit(input), 0);
        if (container >= 0 && namespaces != 0)
        {
            plan.Call(SystemCall.Setns, plan.Inherit(container), namespaces);
        }

        if (directory is not null)
        {
            plan.Call(SystemCall.Chdir, plan.Text(directory));
        }

        plan.Call(SystemCall.Execve, plan.Text(hook.Path), plan.TextTable(hook.Args ?? [hook.Path]), plan.TextTable(environment));
        return plan.Build();
    }
}
