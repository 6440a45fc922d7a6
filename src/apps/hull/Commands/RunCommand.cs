using Hull.Engine.Containers;
using Hull.Engine.Tasks;
using Hull.Supervision;

namespace Hull.Cli.Commands;

/// <summary><c>hull run</c>: create, start, and stay attached unless asked not to.</summary>
internal static class RunCommand
{
    private const int ContainerFailed = 125;

    internal static Command Create()
    {
        RunFlags run = new();
        SwitchFlag detach = new("detach", 'd', "Leave it running and print its identifier.");
        DetachKeysFlag detachKeys = new();
        SwitchFlag sigProxy = new("sig-proxy", '\0', "Pass signals on to the program (true).");
        ListFlag attach = new("attach", 'a', "STREAM", "Join only these of stdin (with -i), stdout and stderr.");
        return new Command
        {
            Name = "run",
            Summary = "make a container of an image and run a command in it",
            Usage = "IMAGE [COMMAND] [ARG...]",
            Description = """
                Makes a container of IMAGE, starts it and joins its streams with this terminal or these pipes. The exit code is the
                program's own, 128 + N when signal N ended it, 125 when hull itself failed, 126 when the program cannot be executed
                and 127 when it does not exist.

                Without --network the container has a network of its own with nothing but loopback. Options end at IMAGE: what
                follows belongs to the program.
                """,
            Examples = """
                hull run --rm debian:bookworm cat /etc/os-release
                hull run -it --rm -m 256m --cpus 0.5 debian:bookworm bash
                hull run -d --name web --restart always -v data:/srv web:1
                """,
            Flags = run.With(detach, detachKeys, sigProxy, attach),
            MinArguments = 1,
            StopsAtFirstArgument = true,
            FailureCode = ContainerFailed,
            Run = async context =>
            {
                CreateRequest request = run.ToRequest(context.Arguments, attached: !detach.Value);
                if (detach.Value && attach.IsSet)
                {
                    throw new UsageException("--detach and --attach exclude each other.");
                }

                AttachFlags flags = FlagsOf(attach, run.Interactive);
                bool input = flags.HasFlag(AttachFlags.Input);
                AttachSession.CheckInput(run.Terminal, input && !detach.Value);
                ContainerView view = await CreateCommand.CreateAsync(context, run, request);
                return detach.Value
                    ? StartDetached(context, view)
                    : RunAttached(context, view, new AttachOptions(
                        run.Terminal, input, !sigProxy.IsSet || sigProxy.Value, detachKeys.Keys), flags);
            },
        };
    }

    private static AttachFlags FlagsOf(ListFlag attach, bool interactive)
    {
        AttachFlags flags = AttachFlags.Lossless;
        foreach (string stream in attach.Values)
        {
            flags |= stream.ToLowerInvariant() switch
            {
                "stdin" => interactive ? AttachFlags.Input : AttachFlags.None,
                "stdout" => AttachFlags.Output,
                "stderr" => AttachFlags.Error,
                _ => throw new UsageException($"'{stream}' is not a stream: use stdin, stdout or stderr."),
            };
        }

        return attach.IsSet ? flags : flags | AttachFlags.Output | AttachFlags.Error | (interactive ? AttachFlags.Input : AttachFlags.None);
    }

    private static int StartDetached(CommandContext context, ContainerView view)
    {
        Start(context, view, AttachFlags.None)?.Dispose();
        context.Output.WriteLine(view.Row.Id);
        return 0;
    }

    private static int RunAttached(CommandContext context, ContainerView view, AttachOptions options, AttachFlags flags)
    {
        bool removes = view.Row.Settings.AutoRemove;
        using StartSignals? signals = StartSignals.For(view, options);
        using TaskConnection connection = Start(context, view, removes ? flags | AttachFlags.Removes : flags, signals)
            ?? throw new HullException(ErrorKind.Internal, $"The container '{view.Row.Name}' runs already.");
        AttachResult result;
        using (AttachSession session = new(connection, options))
        {
            signals?.HandOver();
            result = session.Run();
        }

        if (result.End == AttachEnd.Detached)
        {
            return 0;
        }

        int code = result.End == AttachEnd.Exited ? result.ExitCode : context.Engine.Containers.Refresh(view).Record.ExitCode;
        if (removes)
        {
            context.Engine.Containers.Remove(context.Engine.Containers.Refresh(view), force: true, volumes: true);
        }

        return code;
    }

    // A container that could not be started and shall not stay is removed at once, as Docker does.
    private static TaskConnection? Start(CommandContext context, ContainerView view, AttachFlags flags, StartSignals? signals = null)
    {
        try
        {
            return context.Engine.Containers.Start(
                view, flags, view.Row.Settings.Terminal ? AttachSession.CurrentSize() : null, signals is null ? null : signals.Begin);
        }
        catch (HullException)
        {
            if (view.Row.Settings.AutoRemove)
            {
                context.Engine.Containers.Remove(context.Engine.Containers.Refresh(view), force: true, volumes: true);
            }

            throw;
        }
    }
}
