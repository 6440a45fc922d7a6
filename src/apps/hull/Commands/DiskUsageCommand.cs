using System.Globalization;
using Hull.Engine.Containers;
using Hull.Engine.State;
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
                what 'hull image prune -a', 'hull prune' and 'hull volume prune -a' would give back.
                """,
            Flags = [format, verbose],
            MaxArguments = 0,
            Run = context =>
            {
                if (verbose.Value)
                {
                    ShowEach(context);
                }
                else
                {
                    ShowSum(context, format.Value);
                }

                return Task.FromResult(0);
            },
        };
    }

    private static void ShowSum(CommandContext context, string? format)
    {
        IReadOnlyList<ContainerView> containers = context.Engine.Containers.List();
        HashSet<string> used = [.. containers.Select(view => view.Row.ImageId)];
        IReadOnlyList<ImageEntry> images = context.Engine.Images.Store.List();
        IReadOnlyList<VolumeRow> volumes = context.Engine.Volumes.List();
        StoreUsage content = context.Engine.Images.Store.Content.Usage();
        Listing listing = new(("TYPE", "Type"), ("TOTAL", "TotalCount"), ("ACTIVE", "Active"), ("SIZE", "Size"), ("RECLAIMABLE", "Reclaimable"));
        long unpacked = context.Engine.Images.UnpackedBytes();
        long unused = images.Where(entry => !used.Contains(entry.Id.ToString())).DistinctBy(entry => entry.Id).Sum(context.Engine.Images.SizeOf);
        Add(listing, "Images", images.Count, images.Count(entry => used.Contains(entry.Id.ToString())), unpacked, Math.Min(unused, unpacked));
        Add(listing, "Packed Content", content.Blobs, content.Blobs, content.Bytes + content.PartialBytes, content.PartialBytes);
        Add(
            listing, "Containers", containers.Count, containers.Count(view => view.IsActive), containers.Sum(view => SizeOf(context, view)),
            containers.Where(view => !view.IsActive).Sum(view => SizeOf(context, view)));
        VolumeRow[] idle = [.. volumes.Where(one => context.Engine.Volumes.UsersOf(one.Name).Count == 0)];
        Add(
            listing, "Local Volumes", volumes.Count, volumes.Count - idle.Length, volumes.Sum(one => SizeOf(context, one)),
            idle.Sum(one => SizeOf(context, one)));
        listing.Write(context.Output, format);
    }

    private static void ShowEach(CommandContext context)
    {
        Listing images = new(("REPOSITORY", "Repository"), ("TAG", "Tag"), ("IMAGE ID", "ID"), ("SIZE", "Size"), ("CONTAINERS", "Containers"));
        IReadOnlyList<ContainerView> containers = context.Engine.Containers.List();
        foreach (ImageEntry entry in context.Engine.Images.Store.List())
        {
            images.Add(
                ("Repository", entry.Reference?.Name ?? "<none>"), ("Tag", entry.Reference?.Tag ?? "<none>"), ("ID", entry.Id.Hex[..12]),
                ("Size", Human(context.Engine.Images.SizeOf(entry))),
                ("Containers", Text(containers.Count(view => view.Row.ImageId == entry.Id.ToString()))));
        }

        Listing made = new(("CONTAINER ID", "ID"), ("IMAGE", "Image"), ("SIZE", "Size"), ("STATUS", "State"), ("NAMES", "Names"));
        foreach (ContainerView view in containers)
        {
            made.Add(
                ("ID", view.ShortId), ("Image", view.Row.Image), ("Size", Human(SizeOf(context, view))),
                ("State", view.Record.State.ToString().ToLowerInvariant()), ("Names", view.Row.Name));
        }

        Listing volumes = new(("VOLUME NAME", "Name"), ("LINKS", "Links"), ("SIZE", "Size"));
        foreach (VolumeRow volume in context.Engine.Volumes.List())
        {
            volumes.Add(
                ("Name", volume.Name), ("Links", Text(context.Engine.Volumes.UsersOf(volume.Name).Count)), ("Size", Human(SizeOf(context, volume))));
        }

        context.Output.WriteLine("Images space usage:\n");
        images.Write(context.Output, null);
        context.Output.WriteLine("\nContainers space usage:\n");
        made.Write(context.Output, null);
        context.Output.WriteLine("\nLocal Volumes space usage:\n");
        volumes.Write(context.Output, null);
    }

    private static void Add(Listing listing, string type, int total, int active, long bytes, long reclaimable)
    {
        string share = bytes > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({reclaimable * 100 / bytes}%)") : "";
        listing.Add(
            ("Type", type), ("TotalCount", Text(total)), ("Active", Text(active)), ("Size", Human(bytes)),
            ("Reclaimable", Human(reclaimable) + share));
    }

    private static long SizeOf(CommandContext context, ContainerView view) => context.Engine.Containers.OwnBytes(view);

    private static long SizeOf(CommandContext context, VolumeRow volume) => context.Engine.Volumes.SizeOf(volume.Name);

    private static string Human(long bytes) => new ByteSize(bytes).ToDecimalString();

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
