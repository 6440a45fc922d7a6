using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci run</c>: makes a container and runs it to its end, or leaves it running with <c>--detach</c>.</summary>
internal static class RunCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new("run", "make a container and run it to its end", "CONTAINER", CreateRequest.RunTable, Run);

    /// <summary>Runs it.</summary>
    /// <returns>The container's exit status.</returns>
    private static int Run(GlobalOptions global, Arguments options)
    {
        CreateRequest request = new(global, options);
        if (request.Options.Has("plan"))
        {
            Output.Text(Runtime.Container.Spawn.PlanPrinter.Print(ContainerRuntime.Plan(request.Bundle, request.OptionsFor(waits: false))));
            return 0;
        }

        bool detached = request.Options.Has("detach");
        using TerminalSession session = request.OpenSession(detached);
        using ContainerTask task = request.Make(session, waits: false);
        if (detached)
        {
            return 0;
        }

        int code = session.Serve(task.ProcessId, task.PidFd!);
        if (!request.Options.Has("keep"))
        {
            global.Runtime.Delete(task.Id, force: true);
        }

        return code;
    }
}
