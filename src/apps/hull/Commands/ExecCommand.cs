using Hull.Engine.Containers;
using Hull.Linux;
using Hull.Runtime;

namespace Hull.Cli.Commands;

/// <summary><c>hull exec</c>.</summary>
internal static class ExecCommand
{
    internal static Command Create()
    {
        SwitchFlag detach = new("detach", 'd', "Leave it running.");
        SwitchFlag interactive = new("interactive", 'i', "Join standard input.");
        SwitchFlag tty = new("tty", 't', "Give it a terminal.");
        ListFlag env = new("env", 'e', "NAME[=VALUE]", "Set an environment variable; without a value, pass this one on.");
        ListFlag envFile = new("env-file", '\0', "FILE", "Read environment variables from a file, one a line.");
        TextFlag workdir = new("workdir", 'w', "DIR", "Working directory.");
        TextFlag user = new("user", 'u', "USER[:GROUP]", "User and group.");
        SwitchFlag privileged = new("privileged", '\0', "Give it every capability.");
        DetachKeysFlag detachKeys = new();
        return new Command
        {
            Name = "exec",
            Summary = "run one more command in a running container",
            Usage = "CONTAINER COMMAND [ARG...]",
            Examples = """
                hull exec web cat /etc/hosts
                hull exec -it -u root -w /srv web sh
                hull exec -d -e LEVEL=debug web /srv/reindex
                """,
            Description = "The exit code is the command's; 126 when it cannot be executed, 127 when it does not exist.",
            Flags = [detach, interactive, tty, env, envFile, workdir, user, privileged, detachKeys],
            MinArguments = 2,
            StopsAtFirstArgument = true,
            Run = async context =>
            {
                AttachSession.CheckInput(tty.Value, interactive.Value && !detach.Value);
                ContainerView view = context.Engine.Containers.Get(context.Arguments[0]);
                ExecRequest request = new()
                {
                    Arguments = [.. context.Arguments.Skip(1)],
                    Environment = Pairs.Environment(envFile.Values, env.Values),
                    User = user.Value,
                    WorkingDirectory = workdir.Value,
                    Terminal = tty.Value,
                    Privileged = privileged.Value,
                };
                try
                {
                    return tty.Value
                        ? await ExecTerminal.RunAsync(context, view, request, interactive.Value, detach.Value, detachKeys.Keys)
                        : await RunPlainAsync(context, view, request, interactive.Value, detach.Value);
                }
                catch (ProgramException error)
                {
                    Printable.Complain(context.Error, error.Message);
                    return error.ExitCode;
                }
            },
        };
    }

    // The process gets this process's own streams: no byte is copied.
    private static async Task<int> RunPlainAsync(
        CommandContext context, ContainerView view, ExecRequest request, bool interactive, bool detach)
    {
        TaskStreams streams = detach ? new TaskStreams() : new TaskStreams
        {
            Input = interactive ? FileDescriptor.Borrow(0) : null,
            Output = FileDescriptor.Borrow(1),
            Error = FileDescriptor.Borrow(2),
        };
        using ITaskProcess process = await context.Engine.Containers.ExecAsync(view, request, streams, context.Cancellation);
        return detach ? 0 : (await process.WaitAsync(context.Cancellation)).Code;
    }
}
