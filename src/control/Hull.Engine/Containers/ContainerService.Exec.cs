using Hull.Engine.Settings;
using Hull.Engine.Spec;
using Hull.Oci.Runtime;
using Hull.Runtime;
using Hull.Supervision;

namespace Hull.Engine.Containers;

/// <content>One more process, live limits.</content>
public sealed partial class ContainerService
{
    /// <summary>Starts one more process in a running container; its streams are joined directly, nothing stands between.</summary>
    /// <exception cref="HullException">The container does not run, or the program cannot be executed.</exception>
    public async Task<ITaskProcess> ExecAsync(
        ContainerView view, ExecRequest request, TaskStreams streams, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(request);
        if (view.Record.State == TaskState.Paused)
        {
            throw new HullException(ErrorKind.FailedPrecondition, $"The container '{view.Row.Name}' is paused: unpause it first.");
        }

        using ITask task = await AttachTaskAsync(view, cancellation);
        TaskOrders orders = TaskFiles.ReadOrders(Paths.ContainerDirectory(view.Row.Id));
        ITaskProcess process = await task.ExecAsync(ProcessOf(view, request, orders), streams, cancellation);
        Publish("exec_start", view.Row);
        return process;
    }

    /// <summary>Changes a container's limits, now if it runs and for every later start.</summary>
    /// <param name="view">The container.</param>
    /// <param name="change">Makes the new limits of the old ones.</param>
    /// <param name="restart">The new restart policy; null to leave it.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="HullException">A limit is wrong, or the kernel refuses it.</exception>
    public async Task UpdateAsync(
        ContainerView view, Func<ResourceSettings, ResourceSettings> change, RestartOrders? restart, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(change);
        ContainerSettings settings = view.Row.Settings;
        if (restart is { Kind: not RestartKind.No } && settings.AutoRemove)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The container '{view.Row.Name}' is removed when it ends: it cannot have a restart policy.");
        }

        if (view.IsStarting)
        {
            // What starts has its orders already: the change would be lost on it.
            view = AwaitStart(view);
        }

        ResourceSettings changed = change(settings.Resources);
        LinuxResources limits = SpecBuilder.BuildLimits(changed);
        if (view.IsRunning && changed != settings.Resources)
        {
            using ITask task = await AttachTaskAsync(view, cancellation);
            await task.UpdateAsync(limits, cancellation);
        }

        if (restart is not null && view.IsActive)
        {
            Ask(view, FrameKind.Restart, (int)restart.Kind, restart.MaximumRetries);
        }

        _store.UpdateSettings(view.Row.Id, settings with { Resources = changed, Restart = restart ?? settings.Restart });
        Publish("update", view.Row);
    }

    private ProcessSpec ProcessOf(ContainerView view, ExecRequest request, TaskOrders orders)
    {
        ProcessSpec first = orders.Spec.Process ?? new ProcessSpec();
        UserSpec user = first.User ?? new UserSpec();
        string? home = null;
        if (request.User is not null)
        {
            (user, home) = UserResolver.Resolve(_images.Roots.Get(view.Row.Id), request.User, view.Row.Settings.Groups);
        }

        List<string> environment = [.. first.Env ?? []];
        if (home is not null)
        {
            environment.RemoveAll(variable => variable.StartsWith("HOME=", StringComparison.Ordinal));
            environment.Add($"HOME={home}");
        }

        if (request.Terminal && !environment.Exists(variable => variable.StartsWith("TERM=", StringComparison.Ordinal)))
        {
            environment.Add("TERM=xterm");
        }

        SecurityPlan security = SecurityPlan.From(view.Row.Settings.Security with
        {
            Privileged = view.Row.Settings.Security.Privileged || request.Privileged,
        });
        return first with
        {
            Args = request.Arguments,
            Cwd = request.WorkingDirectory ?? first.Cwd,
            Env = ImageDefaults.MergeEnvironment(environment, request.Environment),
            Terminal = request.Terminal,
            User = user,
            Capabilities = security.CapabilitiesFor(user.Uid),
        };
    }
}
