using Hull.Cli.Templates;
using Hull.Engine.Containers;

namespace Hull.Cli.Commands;

/// <summary><c>hull inspect</c>: containers, images and volumes as JSON.</summary>
internal static class InspectCommand
{
    internal static Command Create()
    {
        TextFlag format = new("format", 'f', "TEMPLATE", "Print with a Go template such as '{{.State.Status}}' or '{{json .Config}}'.");
        TextFlag type = new("type", '\0', "TYPE", "Look only for a container, an image or a volume.");
        SwitchFlag size = new("size", 's', "Count a container's files too: .SizeRw and .SizeRootFs, bytes.");
        return new Command
        {
            Name = "inspect",
            Summary = "show everything about containers or images",
            Usage = "NAME...",
            Description = """
                Prints a JSON array with everything about each container, image or volume, in Docker's form, or a
                line for each with a template. Templates are Go's, with Docker's functions: fields, pipes, variables,
                if, with, range, and, or, not, eq, ne, lt, le, gt, ge, index, len, slice, print, printf, println,
                json, join, split, lower, upper, title, pad and truncate. What is not there is refused by name.
                """,
            Examples = """
                hull inspect web
                hull inspect -f '{{.State.Status}} {{.State.ExitCode}}' web
                hull inspect -f '{{range .Mounts}}{{.Source}} on {{.Destination}}{{println}}{{end}}' web
                hull inspect --size -f '{{.SizeRw}}' web
                """,
            Flags = [format, type, size],
            MinArguments = 1,
            Run = context => type.Value is null or "container" or "image" or "volume"
                ? PrintAsync(context, format.Value, name => Describe(context, name, type.Value, size.Value))
                : throw new UsageException($"'{type.Value}' is not a kind of thing: use container, image or volume."),
        };
    }

    /// <summary>Prints JSON objects as one array, or each with a template.</summary>
    internal static async Task<int> PrintAsync(CommandContext context, string? format, Func<string, string> describe)
    {
        List<string> objects = [];
        int code = await context.ForEachAsync(name =>
        {
            objects.Add(describe(name));
            return Task.CompletedTask;
        });
        if (format is null)
        {
            context.Output.WriteLine(objects.Count == 0 ? "[]" : $"[\n    {string.Join(",\n    ", objects.Select(one => one.Replace("\n", "\n    ", StringComparison.Ordinal)))}\n]");
            return code;
        }

        foreach (string one in objects)
        {
            context.Output.WriteLine(GoTemplate.Print(format, one));
        }

        return code;
    }

    private static string Describe(CommandContext context, string name, string? type, bool size)
    {
        ContainerService containers = context.Engine.Containers;
        if (type is null or "container" && containers.TryGet(name) is { } view)
        {
            return ContainerInspection.ToJson(
                view, context.Engine.Options.Paths, size ? (containers.OwnBytes(view), containers.RootBytes(view)) : null);
        }

        return (type is null or "image") && context.Engine.Images.Find(name, null) is not null ? Images.ImageCommands.Describe(context, name)
            : type is null or "volume" && context.Engine.Volumes.List().Any(volume => volume.Name == name) ? VolumeCommands.Describe(context, name)
            : throw new HullException(ErrorKind.NotFound, $"There is no {type ?? "container, image or volume"} '{name}'.");
    }
}
