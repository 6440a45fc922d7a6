using Hull.Engine.Settings;
using Hull.Linux;

namespace Hull.Cli.Commands;

/// <summary>The commands that do one thing to each named container: stop, kill, restart, pause, unpause, wait, rm, rename.</summary>
internal static class SteerCommands
{
    internal static Command Stop()
    {
        NumberFlag time = new("time", 't', "SECONDS", "Seconds until it is killed (10, or --stop-timeout of the container); -1 for never.");
        NumberFlag timeout = new("timeout", '\0', "SECONDS", "Same as --time.") { IsHidden = true };
        TextFlag signal = new("signal", 's', "SIGNAL", "Signal that asks the program to end.");
        return new Command
        {
            Name = "stop",
            Summary = "ask containers to end, and kill those that do not",
            Usage = "CONTAINER...",
            Description = """
                Sends the stop signal (TERM, or --stop-signal of the container or the image), waits, and sends KILL
                to what still runs. A container that does not run is left alone. A stopped container is not started
                again by its restart policy.
                """,
            Examples = """
                hull stop web
                hull stop -t 30 db
                hull stop -s INT -t -1 worker
                """,
            Flags = [time, timeout, signal],
            MinArguments = 1,
            Run = context => context.ForEach(name => context.Engine.Containers.Stop(
                context.Engine.Containers.Get(name), (int?)(time.Value ?? timeout.Value), signal.Map<Signal?>(text => ReadSignal(text)))),
        };
    }

    internal static Command Kill()
    {
        TextFlag signal = new("signal", 's', "SIGNAL", "Signal to send (KILL).");
        return new Command
        {
            Name = "kill",
            Summary = "send running containers a signal",
            Usage = "CONTAINER...",
            Description = """
                Sends a signal to the first process of each container and does not wait. A container that is killed
                with KILL or its stop signal is not started again by its restart policy.
                """,
            Examples = """
                hull kill web
                hull kill -s HUP web
                """,
            Flags = [signal],
            MinArguments = 1,
            Run = context => context.ForEach(name => context.Engine.Containers.Kill(
                context.Engine.Containers.Get(name), signal.Map<Signal?>(text => ReadSignal(text)) ?? Signal.Kill)),
        };
    }

    internal static Command Restart()
    {
        NumberFlag time = new("time", 't', "SECONDS", "Seconds until it is killed (10, or --stop-timeout of the container); -1 for never.");
        NumberFlag timeout = new("timeout", '\0', "SECONDS", "Same as --time.") { IsHidden = true };
        TextFlag signal = new("signal", 's', "SIGNAL", "Signal that asks the program to end.");
        return new Command
        {
            Name = "restart",
            Summary = "stop containers and start them again",
            Usage = "CONTAINER...",
            Description = """
                Stops each container as 'hull stop' does, if it runs, and starts it.
                """,
            Examples = """
                hull restart web
                hull restart -t 0 web
                """,
            Flags = [time, timeout, signal],
            MinArguments = 1,
            Run = context => context.ForEach(name => context.Engine.Containers.Restart(
                context.Engine.Containers.Get(name), (int?)(time.Value ?? timeout.Value), signal.Map<Signal?>(text => ReadSignal(text)))),
        };
    }

    internal static Command Pause() => new()
    {
        Name = "pause",
        Summary = "freeze every process of containers",
        Usage = "CONTAINER...",
        Description = """
            The kernel stops running every process until 'hull unpause'; nothing in the container notices. Memory
            stays in use.
            """,
        Examples = """
            hull pause web
            hull unpause web
            """,
        MinArguments = 1,
        Run = context => context.ForEach(name => context.Engine.Containers.Pause(context.Engine.Containers.Get(name))),
    };

    internal static Command Unpause() => new()
    {
        Name = "unpause",
        Summary = "thaw frozen containers",
        Usage = "CONTAINER...",
        Description = """
            Every process goes on where 'hull pause' stopped it.
            """,
        Examples = """
            hull unpause web
            """,
        MinArguments = 1,
        Run = context => context.ForEach(name => context.Engine.Containers.Unpause(context.Engine.Containers.Get(name))),
    };

    internal static Command Wait() => new()
    {
        Name = "wait",
        Summary = "wait until containers ended and print their exit codes",
        Usage = "CONTAINER...",
        Description = """
            Prints one exit code a line, in the order of the arguments, each as soon as that container ended; at
            once for one that does not run. A container with a restart policy has ended when its policy gives up.
            """,
        Examples = """
            hull wait job
            test "$(hull wait job)" = 0
            """,
        MinArguments = 1,
        Run = context => context.ForEachAsync(name =>
        {
            context.Output.WriteLine(context.Engine.Containers.Wait(context.Engine.Containers.Get(name)));
            return Task.CompletedTask;
        }),
    };

    internal static Command Remove()
    {
        SwitchFlag force = new("force", 'f', "Kill running containers first; a missing one is no failure.");
        SwitchFlag volumes = new("volumes", 'v', "Remove their anonymous volumes too.");
        return new Command
        {
            Name = "rm",
            Summary = "remove containers",
            Usage = "CONTAINER...",
            Examples = """
                hull rm web
                hull rm -fv $(hull ps -aq)
                """,
            Description = "Named volumes stay. A running container is removed only with --force.",
            Flags = [force, volumes, RefusedFlags.Link],
            MinArguments = 1,
            Run = context => context.ForEachAsync(name =>
            {
                if ((force.Value ? context.Engine.Containers.TryGet(name) : context.Engine.Containers.Get(name)) is { } view)
                {
                    context.Engine.Containers.Remove(view, force.Value, volumes.Value);
                    context.Output.WriteLine(name);
                }

                return Task.CompletedTask;
            }),
        };
    }

    internal static Command Rename() => new()
    {
        Name = "rename",
        Summary = "give a container another name",
        Usage = "CONTAINER NAME",
        Description = """
            The identifier stays, and a container that runs goes on.
            """,
        Examples = """
            hull rename web web-old
            """,
        MinArguments = 2,
        MaxArguments = 2,
        Run = context =>
        {
            context.Engine.Containers.Rename(context.Arguments[0], context.Arguments[1]);
            return Task.FromResult(0);
        },
    };

    internal static Command Update()
    {
        LimitFlags limits = new();
        TextFlag restart = new("restart", '\0', "POLICY", "When to start again: no, on-failure[:N], always, unless-stopped.");
        return new Command
        {
            Name = "update",
            Summary = "change the limits of containers, running or not",
            Usage = "CONTAINER...",
            Description = """
                A running container gets its new limits at once; the limits hold for every later start too. Limits
                that are not named stay as they are.
                """,
            Examples = "hull update --cpus 0.25 --memory 256m web",
            Flags = [.. limits.All, restart, RefusedFlags.KernelMemory],
            MinArguments = 1,
            Run = context => restart.IsSet || limits.All.Any(flag => flag.IsSet)
                ? context.ForEachAsync(async name =>
                {
                    await context.Engine.Containers.UpdateAsync(
                        context.Engine.Containers.Get(name), limits.Apply, restart.Map(OptionText.ParseRestart), context.Cancellation);
                    context.Output.WriteLine(name);
                })
                : throw new UsageException("'hull update' needs an option that says what to change; see 'hull help update'."),
        };
    }

    internal static Signal ReadSignal(string text) => Signal.TryParse(text, out Signal signal)
        ? signal
        : throw new UsageException($"'{text}' is not a signal: use a name such as TERM or a number from 1 to 64.");
}
