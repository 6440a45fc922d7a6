using System.Globalization;
using System.Text.Json;
using Hull.Engine.Containers;
using Hull.Image;

namespace Hull.Cli.Commands.Images;

/// <summary>The short commands about images: inspect, history, tag, rm, prune.</summary>
internal static class ImageCommands
{
    private const int CommandWidth = 45;

    internal static Command Inspect()
    {
        TextFlag format = new("format", 'f', "TEMPLATE", "Print with a Go template such as '{{.Config.Cmd}}' or '{{json .Config}}'.");
        return new Command
        {
            Name = "image inspect",
            Summary = "show everything about images",
            Usage = "IMAGE...",
            Description = """
                Prints a JSON array in Docker's form, or a line for each image with a template; see 'hull help
                inspect'.
                """,
            Examples = """
                hull image inspect debian:bookworm
                hull image inspect -f '{{json .Config.Env}}' debian:bookworm
                """,
            Flags = [format, RefusedFlags.Platform],
            MinArguments = 1,
            Run = context => InspectCommand.PrintAsync(context, format.Value, name => Describe(context, name)),
        };
    }

    /// <summary>The JSON of one image.</summary>
    /// <exception cref="HullException">There is none.</exception>
    internal static string Describe(CommandContext context, string name)
    {
        ImageStore store = context.Engine.Images.Store;
        return JsonSerializer.Serialize(ImageInspection.Of(store, store.Get(name)), InspectionJson.Default.ImageInspection);
    }

    internal static Command History()
    {
        SwitchFlag quiet = new("quiet", 'q', "Print identifiers only.");
        SwitchFlag noTrunc = new("no-trunc", '\0', "Do not cut anything.");
        TextFlag format = new("format", '\0', "TEMPLATE", "table, json, or a template of the fields .ID .CreatedSince .CreatedAt .CreatedBy .Size .Comment.");
        SwitchFlag human = new("human", 'H', "Print sizes and dates for people; --human=false prints bytes and moments (true).");
        return new Command
        {
            Name = "image history",
            Summary = "show how an image came to be",
            Usage = "IMAGE",
            Description = """
                One line a step, newest first, with the command that made it and the bytes it added.
                """,
            Examples = """
                hull image history debian:bookworm
                hull history --no-trunc --format '{{.CreatedBy}}' web:1
                """,
            Flags = [quiet, noTrunc, format, human, RefusedFlags.Platform],
            MinArguments = 1,
            MaxArguments = 1,
            Run = context =>
            {
                LocalImage image = context.Engine.Images.Store.Get(context.Arguments[0]);
                string id = noTrunc.Value ? image.Id.ToString() : image.Id.Hex[..12];
                DateTimeOffset now = TimeProvider.System.GetUtcNow();
                IReadOnlyDictionary<Digest, long> sizes = context.Engine.Images.LayerSizesOf(image);
                bool exact = human is { IsSet: true, Value: false };
                Listing listing = new(
                    ("IMAGE", "ID"), ("CREATED", "CreatedSince"), ("CREATED BY", "CreatedBy"), ("SIZE", "Size"), ("COMMENT", "Comment"));
                foreach (HistoryRow packed in ImageHistory.Of(image))
                {
                    HistoryRow row = packed with { Size = packed.Layer is { } layer && sizes.TryGetValue(layer, out long bytes) ? bytes : packed.Size };
                    if (quiet.Value)
                    {
                        context.Output.WriteLine(id);
                    }

                    listing.Add(
                        ("ID", id),
                        ("CreatedSince", exact ? row.Created?.ToString("O", CultureInfo.InvariantCulture) ?? "N/A" : HumanText.Ago(row.Created, now)),
                        ("CreatedAt", row.Created?.ToString("O", CultureInfo.InvariantCulture) ?? "N/A"),
                        ("CreatedBy", noTrunc.Value ? row.CreatedBy : HumanText.Cut(row.CreatedBy, CommandWidth)),
                        ("Size", exact ? row.Size.ToString(CultureInfo.InvariantCulture) : new ByteSize(row.Size).ToDecimalString()),
                        ("Comment", row.Comment));
                    id = "<missing>"; // as Docker: only the last step is an image of its own
                }

                if (!quiet.Value)
                {
                    listing.Write(context.Output, format.Value);
                }

                return Task.FromResult(0);
            },
        };
    }

    internal static Command Tag() => new()
    {
        Name = "tag",
        Summary = "give an image one more name",
        Usage = "IMAGE NAME[:TAG]",
        Description = """
            The image itself is not copied; each name goes by itself with 'hull image rm'.
            """,
        Examples = """
            hull tag web:1 localhost:5000/team/web:1
            """,
        MinArguments = 2,
        MaxArguments = 2,
        Run = context =>
        {
            context.Engine.Images.Tag(context.Arguments[0], ImageReference.Parse(context.Arguments[1]));
            return Task.FromResult(0);
        },
    };

    internal static Command Remove()
    {
        SwitchFlag force = new("force", 'f', "Remove all names of an id, and images that containers use.");
        return new Command
        {
            Name = "image rm",
            Summary = "remove images",
            Usage = "IMAGE...",
            Examples = """
                hull image rm web:1
                hull rmi -f 0123456789ab
                """,
            Description = "A name goes alone; the image goes with its last name, or when it is given by its id.",
            Flags = [force, RefusedFlags.NoPrune, RefusedFlags.Platform],
            MinArguments = 1,
            Run = context =>
            {
                Func<Digest, string?> usedBy = UsedBy(context);
                return context.ForEachAsync(name =>
                {
                    Print(context, context.Engine.Images.Remove(name, force.Value, usedBy));
                    return Task.CompletedTask;
                });
            },
        };
    }

    internal static Command Prune()
    {
        SwitchFlag all = new("all", 'a', "Also images with names that no container uses.");
        SwitchFlag force = new("force", 'f', "Do not ask.");
        ListFlag filter = new("filter", '\0', "NAME=VALUE", "Only those that fit: until, label, label!.");
        return new Command
        {
            Name = "image prune",
            Summary = "remove images nobody uses",
            Description = """
                Removes images without a name that no container uses, and with --all those with names too. Unpacked
                layers that no image needs any more go along.
                """,
            Examples = """
                hull image prune -f
                hull image prune -a --filter until=240h
                """,
            Flags = [all, force, filter],
            MaxArguments = 0,
            Run = context =>
            {
                foreach (string text in filter.Values)
                {
                    _ = FilterText.Split(text, "until", "label", "label!");
                }

                ImageQuery? query = filter.Values.Count == 0
                    ? null
                    : new ImageQuery(context.Engine.Images.Store, filter.Values, TimeProvider.System.GetUtcNow());
                string what = all.Value ? "all images without at least one container associated to them" : "all dangling images";
                if (!Confirmation.Ask(context, force, what))
                {
                    return Task.FromResult(0);
                }

                (ImageRemoval removal, long bytes) = context.Engine.Images.Prune(all.Value, query, UsedBy(context));
                PruneReport.List(context.Output, removal);
                PruneReport.Sum(context.Output, bytes);
                return Task.FromResult(0);
            },
        };
    }

    private static Func<Digest, string?> UsedBy(CommandContext context)
    {
        IReadOnlyList<ContainerView> containers = [.. context.Engine.Containers.List()];
        return id => containers.FirstOrDefault(view => view.Row.ImageId == id.ToString())?.Row.Name;
    }

    private static void Print(CommandContext context, ImageRemoval removal)
    {
        foreach (ImageReference name in removal.Untagged)
        {
            context.Output.WriteLine($"Untagged: {name}");
        }

        foreach (Digest id in removal.Deleted)
        {
            context.Output.WriteLine($"Deleted: {id}");
        }
    }
}
