using Hull.Engine.Containers;
using Hull.Engine.Tasks;
using Hull.Supervision;

namespace Hull.Cli.Commands;

/// <summary><c>hull attach</c>.</summary>
internal static class AttachCommand
{
    internal static Command Create()
    {
        SwitchFlag noInput = new("no-stdin", '\0', "Do not join standard input.");
        SwitchFlag sigProxy = new("sig-proxy", '\0', "Pass signals on to the program (true).");
        DetachKeysFlag detachKeys = new();
        return new Command
        {
            Name = "attach",
            Summary = "join a running container's streams",
            Usage = "CONTAINER",
            Examples = """
                hull attach web
                hull attach --no-stdin web
                hull attach --detach-keys ctrl-a,d shell
                """,
            Description = "Shows output from now on. A client that falls too far behind is let go: the container never waits for it.",
            Flags = [noInput, sigProxy, detachKeys],
            MinArguments = 1,
            MaxArguments = 1,
            Run = context =>
            {
                ContainerView view = context.Engine.Containers.Get(context.Arguments[0]);
                bool input = !noInput.Value && view.Row.Settings.OpenInput;
                AttachSession.CheckInput(view.Row.Settings.Terminal, input);
                AttachOptions options = new(
                    view.Row.Settings.Terminal, input, !sigProxy.IsSet || sigProxy.Value, detachKeys.Keys);
                return Task.FromResult(Attach(context, view, options));
            },
        };
    }

    internal static int Attach(CommandContext context, ContainerView view, AttachOptions options)
    {
        using TaskConnection connection = context.Engine.Containers.Connect(view);
        connection.TryAttach(AttachFlags.Output | AttachFlags.Error | (options.Input ? AttachFlags.Input : AttachFlags.None));
        using AttachSession session = new(connection, options);
        AttachResult result = session.Run();
        return result.End switch
        {
            AttachEnd.Exited => result.ExitCode,
            AttachEnd.Lost => context.Engine.Containers.Refresh(view).Record.ExitCode,
            _ => 0,
        };
    }
}
