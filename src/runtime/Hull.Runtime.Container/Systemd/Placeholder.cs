using Hull.Linux;
using Hull.Runtime.Container.Spawn;

namespace Hull.Runtime.Container.Systemd;

/// <summary>A process that only exists: systemd makes no scope without one.</summary>
/// <remarks>
/// It is a spawn image of two steps, so nothing of this process's memory is in it, and it ends with its parent. It keeps
/// the scope until the container's process has joined.
/// </remarks>
internal sealed class Placeholder : IDisposable
{
    private readonly SpawnedProcess _process;

    private Placeholder(SpawnedProcess process) => _process = process;

    /// <summary>Its id.</summary>
    internal int ProcessId => _process.ProcessId;

    /// <summary>Starts it.</summary>
    internal static Placeholder Start()
    {
        PlanBuilder plan = new();
        plan.Subject("The scope's placeholder");
        plan.Call(SystemCall.Prctl, Kernel.PrSetParentDeathSignal, Kernel.SigKill);
        plan.Call(SystemCall.Poll, 0, 0, -1);
        plan.Call(SystemCall.ExitGroup, 0);
        using SpawnImage image = plan.Build().Seal();
        return new Placeholder(image.Spawn(0, []));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = KernelProcess.TrySignal(_process.PidFd, Signal.Kill.Number);
        _ = KernelProcess.Reap(_process.ProcessId, wait: true, out _);
        _process.PidFd.Dispose();
    }
}
