using System.Globalization;
using Hull.Image;

namespace Hull.Cli.Commands.Images;

/// <summary><c>hull image ls</c>.</summary>
internal static class ImageListCommand
{
    private const int ShortIdLength = 12;

    internal static Command Create()
    {
        SwitchFlag all = new("all", 'a', "Show every image: without it, too, as no image is hidden.");
        SwitchFlag quiet = new("quiet", 'q', "Print identifiers only.");
        SwitchFlag noTrunc = new("no-trunc", '\0', "Do not cut anything.");
        SwitchFlag digests = new("digests", '\0', "Show the digests registries know.");
        TextFlag format = new("format", '\0', "TEMPLATE", "table, json, or a template of the fields .ID .Repository .Tag .Digest .CreatedSince .CreatedAt .Size.");
        ListFlag filter = new("filter", 'f', "NAME=VALUE", "Only those that fit: dangling, reference, label, before, since, until.");
        return new Command
        {
            Name = "image ls",
            Summary = "list images",
            Usage = "[NAME[:TAG]]",
            Description = """
                Sizes are those of the unpacked files, shared layers counted for each image; of an image that no
                container was made of yet, those of its packed layers. Values of one filter are alternatives, but
                for labels; different filters must all fit.
                """,
            Flags = [all, quiet, noTrunc, digests, format, filter, RefusedFlags.Tree],
            MaxArguments = 1,
            Examples = "hull image ls --filter dangling=true -q\nhull images 'debian:*'",
            Run = context =>
            {
                DateTimeOffset now = TimeProvider.System.GetUtcNow();
                foreach (string text in filter.Values)
                {
                    _ = FilterText.Split(text, "dangling", "reference", "label", "before", "since", "until");
                }

                IEnumerable<string> filters = context.Arguments.Count == 0
                    ? filter.Values
                    : filter.Values.Append($"reference={context.Arguments[0]}");
                IReadOnlyList<ImageEntry> entries = new ImageQuery(context.Engine.Images.Store, filters, now).Select();
                if (quiet.Value)
                {
                    foreach (string id in entries.Select(entry => IdOf(entry, noTrunc.Value)).Distinct())
                    {
                        context.Output.WriteLine(id);
                    }

                    return Task.FromResult(0);
                }

                Print(context, entries, noTrunc.Value, digests.Value, format.Value, now);
                return Task.FromResult(0);
            },
        };
    }

    internal static string IdOf(ImageEntry entry, bool whole) => whole ? entry.Id.ToString() : entry.Id.Hex[..ShortIdLength];

    private static void Print(
        CommandContext context, IReadOnlyList<ImageEntry> entries, bool noTrunc, bool digests, string? format, DateTimeOffset now)
    {
        List<(string, string)> columns = [("REPOSITORY", "Repository"), ("TAG", "Tag")];
        if (digests)
        {
            columns.Add(("DIGEST", "Digest"));
        }

        columns.AddRange([("IMAGE ID", "ID"), ("CREATED", "CreatedSince"), ("SIZE", "Size")]);
        Listing listing = new(columns);
        foreach (ImageEntry entry in entries)
        {
            listing.Add(
                ("ID", IdOf(entry, noTrunc)), ("Containers", "N/A"), ("SharedSize", "N/A"), ("UniqueSize", "N/A"),
                ("Repository", entry.Reference?.Name ?? "<none>"),
                ("Tag", entry.Reference is { Digest: null, Tag: { } tag } ? tag : "<none>"),
                ("Digest", (entry.Source ?? entry.Reference?.Digest)?.ToString() ?? "<none>"),
                ("CreatedSince", HumanText.Ago(entry.Created, now)),
                ("CreatedAt", entry.Created?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss '+0000 UTC'", CultureInfo.InvariantCulture) ?? "N/A"),
                ("Size", new ByteSize(context.Engine.Images.SizeOf(entry)).ToDecimalString()));
        }

        listing.Write(context.Output, format);
    }
}
