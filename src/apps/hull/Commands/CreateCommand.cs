using System.Text;
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
        CreateRequest told = run.IsQuiet ? request : request with { PullProgress = new PullDisplay(context.Error) };
        if (run.CidFile is not { } path)
        {
            return await context.Engine.Containers.CreateAsync(told, context.Cancellation);
        }

        if (Path.Exists(PathArgument.Require(path)))
        {
            throw new HullException(ErrorKind.AlreadyExists, $"The file '{path}' for the identifier exists already: remove it or name another.");
        }

        // Before the container: nobody would know the identifier of one whose file could not be made.
        using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write);
        try
        {
            ContainerView view = await context.Engine.Containers.CreateAsync(told, context.Cancellation);
            file.Write(Encoding.ASCII.GetBytes(view.Row.Id));
            return view;
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }
}
