using System.Globalization;
using Hull.Engine.Containers;
using Hull.Engine.State;
using Hull.Engine.Usage;
using Hull.Image;

namespace Hull.Cli.Commands;

/// <summary><c>hull system df</c>.</summary>
internal static class DiskUsageCommand
{
    internal static Command Create()
    {
        TextFlag format = new("format", '\0', "TEMPLATE", "table, json, or a template of .Type .TotalCount .Active .Size .Reclaimable.");
        SwitchFlag verbose = new("verbose", 'v', "One line for each image, container and volume.");
        return new Command
        {
            Name = "system df",
            Summary = "show what uses the disk",
            Examples = """
                hull system df
                hull system df -v
                """,
            Description = """
                Images are counted unpacked, shared layers once; their packed content has a line of its own. What is reclaimable is
                what 'hull image prune -a', 'hull prune' and 'hull volume prune -a' would give back: a layer stays as long as one
                image that a container uses has it. (Docker counts such a layer as reclaimable.)
                """,
            Flags = [format, verbose],
            MaxArguments = 0,
            Run = context =>
            {
                DiskUsage usage = context.Engine.Usage();
                if (verbose.Value)
                {
                    ShowEach(context.Output, usage);
                }
                else
                {
                    ShowSums(context.Output, usage, format.Value);
                }

                return Task.FromResult(0);
            },
        };
    }

    private static void ShowSums(TextWriter output, DiskUsage usage, string? format)
    {
        Listing listing = new(("TYPE", "Type"), ("TOTAL", "TotalCount"), ("ACTIVE", "Active"), ("SIZE", "Size"), ("RECLAIMABLE", "Reclaimable"));
        foreach (UsageSum sum in usage.Sums)
        {
            string share = sum.Bytes > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({sum.Reclaimable * 100 / sum.Bytes}%)") : "";
            listing.Add(
                ("Type", sum.Kind), ("TotalCount", Text(sum.Count)), ("Active", Text(sum.Active)), ("Size", Human(sum.Bytes)),
                ("Reclaimable", Human(sum.Reclaimable) + share));
        }

        listing.Write(output, format);
    }

    private static void ShowEach(TextWriter output, DiskUsage usage)
    {
        Listing images = new(("REPOSITORY", "Repository"), ("TAG", "Tag"), ("IMAGE ID", "ID"), ("CREATED", "CreatedSince"), ("SIZE", "Size"), ("CONTAINERS", "Containers"));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        foreach ((ImageEntry entry, long bytes, int containers) in usage.Images)
        {
            images.Add(
                ("Repository", entry.Reference?.Name ?? "<none>"), ("Tag", entry.Reference?.Tag ?? "<none>"), ("ID", entry.Id.Hex[..12]),
                ("CreatedSince", HumanText.Ago(entry.Created, now)), ("Size", Human(bytes)), ("Containers", Text(containers)));
        }

        Listing made = new(
            ("CONTAINER ID", "ID"), ("IMAGE", "Image"), ("COMMAND", "Command"), ("LOCAL VOLUMES", "LocalVolumes"), ("SIZE", "Size"),
            ("CREATED", "RunningFor"), ("STATUS", "Status"), ("NAMES", "Names"));
        foreach ((ContainerView view, long bytes) in usage.Containers)
        {
            made.Add(
                ("ID", view.ShortId), ("Image", view.Row.Image), ("Command", PsCommand.CommandOf(view, whole: false)),
                ("LocalVolumes", PsCommand.LocalVolumesOf(view)), ("Size", Human(bytes)), ("RunningFor", HumanText.Ago(view.Row.Created, now)),
                ("Status", PsCommand.StatusOf(view, now)), ("Names", view.Row.Name));
        }

        Listing volumes = new(("VOLUME NAME", "Name"), ("LINKS", "Links"), ("SIZE", "Size"));
        foreach ((VolumeRow volume, long bytes, int users) in usage.Volumes)
        {
            volumes.Add(("Name", volume.Name), ("Links", Text(users)), ("Size", Human(bytes)));
        }

        output.WriteLine("Images space usage:\n");
        images.Write(output, null);
        output.WriteLine("\nContainers space usage:\n");
        made.Write(output, null);
        output.WriteLine("\nLocal Volumes space usage:\n");
        volumes.Write(output, null);
    }

    private static string Human(long bytes) => new ByteSize(bytes).ToDecimalString();

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
