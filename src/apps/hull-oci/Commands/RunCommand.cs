using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci run</c>: makes a container and runs it to its end, or leaves it running with <c>--detach</c>.</summary>
internal static class RunCommand
{
    /// <summary>Runs it.</summary>
    /// <returns>The container's exit status.</returns>
    internal static int Run(GlobalOptions global, ReadOnlySpan<string> args)
    {
        CreateRequest request = new(global, Arguments.Parse(args, CreateRequest.Table));
        if (request.Options.Has("plan"))
        {
            Output.Text(Runtime.Container.Spawn.PlanPrinter.Print(ContainerRuntime.Plan(request.Bundle, request.OptionsFor(waits: false))));
            return 0;
        }

        bool detached = request.Options.Has("detach") || request.Options.Has("d");
        using TerminalSession session = request.OpenSession(detached);
        using ContainerTask task = request.Make(session, waits: false);
        if (detached)
        {
            return 0;
        }

        int code = session.Serve(task.ProcessId, task.PidFd!);
        if (!request.Options.Has("keep"))
        {
            new ContainerRuntime(global.Root).Delete(task.Id, force: true);
        }

        return code;
    }
}
