using Hull.Engine.Containers;

namespace Hull.Cli.Commands;

/// <summary><c>hull create</c>: make a container and leave it at that.</summary>
internal static class CreateCommand
{
    private const int ContainerFailed = 125;

    internal static Command Create()
    {
        RunFlags run = new();
        return new Command
        {
            Name = "create",
            Summary = "make a container without starting it",
            Usage = "IMAGE [COMMAND] [ARG...]",
            Examples = """
                hull create --name web -v site:/srv web:1
                hull start web
                """,
            Description = "Takes the options of 'hull run'. Prints the container's identifier; 'hull start' runs it.",
            Flags = run.With([.. RefusedFlags.OfCreate]),
            MinArguments = 1,
            StopsAtFirstArgument = true,
            FailureCode = ContainerFailed,
            Run = async context =>
            {
                ContainerView view = await CreateAsync(context, run, run.ToRequest(context.Arguments, attached: true));
                context.Output.WriteLine(view.Row.Id);
                return 0;
            },
        };
    }

    internal static async Task<ContainerView> CreateAsync(CommandContext context, RunFlags run, CreateRequest request)
    {
        if (run.CidFile is { } file && Path.Exists(file))
        {
            throw new HullException(ErrorKind.AlreadyExists, $"The file '{file}' for the identifier exists already: remove it or name another.");
        }

        CreateRequest told = run.IsQuiet ? request : request with { PullProgress = new PullDisplay(context.Error) };
        ContainerView view = await context.Engine.Containers.CreateAsync(told, context.Cancellation);
        if (run.CidFile is { } target)
        {
            await File.WriteAllTextAsync(target, view.Row.Id, context.Cancellation);
        }

        return view;
    }
}
