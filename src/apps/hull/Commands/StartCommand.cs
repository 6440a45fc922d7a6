using Hull.Engine.Containers;
using Hull.Engine.Tasks;
using Hull.Supervision;

namespace Hull.Cli.Commands;

/// <summary><c>hull start</c>.</summary>
internal static class StartCommand
{
    internal static Command Create()
    {
        SwitchFlag attach = new("attach", 'a', "Join its streams and pass signals on.");
        SwitchFlag interactive = new("interactive", 'i', "Join standard input too.");
        DetachKeysFlag detachKeys = new();
        return new Command
        {
            Name = "start",
            Summary = "start containers that do not run",
            Usage = "CONTAINER...",
            Examples = """
                hull start web db
                hull start -ai shell
                """,
            Description = "A container that runs already is left alone. With --attach only one container may be given, and the exit code is its.",
            Flags = [attach, interactive, detachKeys, .. RefusedFlags.OfStart],
            MinArguments = 1,
            Run = context => attach.Value || interactive.Value
                ? Task.FromResult(StartAttached(context, interactive.Value, detachKeys.Keys))
                : context.ForEach(name =>
                {
                    ContainerView view = context.Engine.Containers.Get(name);
                    context.Engine.Containers.Start(view, AttachFlags.None)?.Dispose();
                }),
        };
    }

    private static int StartAttached(CommandContext context, bool input, DetachKeys detachKeys)
    {
        if (context.Arguments.Count != 1)
        {
            throw new UsageException("Only one container can be attached to at a time.");
        }

        ContainerService containers = context.Engine.Containers;
        ContainerView view = containers.Get(context.Arguments[0]);
        bool terminal = view.Row.Settings.Terminal;
        AttachSession.CheckInput(terminal, input);
        AttachFlags flags = AttachFlags.Output | AttachFlags.Error | AttachFlags.Lossless | (input ? AttachFlags.Input : AttachFlags.None);
        AttachOptions options = new(terminal, input, ForwardSignals: true, detachKeys);
        using StartSignals? signals = StartSignals.For(view, options);
        using TaskConnection? started = containers.Start(
            view, flags, terminal ? AttachSession.CurrentSize() : null, signals is null ? null : signals.Begin);
        if (started is null)
        {
            signals?.Dispose();
            return AttachCommand.Attach(context, containers.Refresh(view), options);
        }

        using AttachSession session = new(started, options);
        signals?.HandOver();
        AttachResult result = session.Run();
        return result.End switch
        {
            AttachEnd.Exited => result.ExitCode,
            AttachEnd.Lost => containers.Refresh(view).Record.ExitCode,
            _ => 0,
        };
    }
}
