using Hull.Image;
using Hull.Oci.Image;
using Hull.Snapshot.Bootstrap;

namespace Hull.Cli.Commands;

/// <summary>Commands that make images here: import, bootstrap.</summary>
internal static class MakeImageCommands
{
    internal static Command Import()
    {
        ListFlag change = new("change", 'c', "INSTRUCTION", "Set CMD, ENTRYPOINT, ENV, USER, WORKDIR, LABEL or STOPSIGNAL, as in a Dockerfile.");
        TextFlag message = new("message", 'm', "TEXT", "What the image's history says.");
        return new Command
        {
            Name = "image import",
            Summary = "make an image of a root's archive",
            Usage = "FILE|- [NAME[:TAG]]",
            Examples = """
                hull image import root.tar.gz base:1
                hull export web | hull image import -c 'CMD ["/srv/run"]' - web:flat
                """,
            Description = "The archive is a tar file, plain or compressed; '-' reads standard input. Prints the image's id.",
            Flags = [change, message, RefusedFlags.Platform],
            MinArguments = 1,
            MaxArguments = 2,
            Run = context =>
            {
                using Stream archive = context.Arguments[0] == "-" ? Console.OpenStandardInput() : File.OpenRead(PathArgument.Require(context.Arguments[0]));
                ImageReference? name = context.Arguments.Count == 2 ? ImageReference.Parse(context.Arguments[1]) : null;
                ContainerConfig config = change.Values.Aggregate(new ContainerConfig(), ImageChange.Apply);
                context.Output.WriteLine(context.Engine.Images.Import(archive, name, message.Value ?? "", config).Id);
                return Task.FromResult(0);
            },
        };
    }

    internal static Command Bootstrap()
    {
        TextFlag variant = new("variant", '\0', "NAME", "minbase (the default), essential, buildd, standard ….");
        ListFlag include = new("include", '\0', "PACKAGES", "More packages, parted by commas.");
        TextFlag suite = new("suite", '\0', "NAME", "Suite; without it the image's tag.");
        TextFlag mirror = new("mirror", '\0', "URL", "Package mirror; without it the host's own package sources.");
        return new Command
        {
            Name = "image bootstrap",
            Summary = "make a Debian base image of packages",
            Usage = "NAME[:SUITE]",
            Description = "Drives mmdebstrap with the host's own package sources. The same packages from the same sources, which the image keeps as its own, give the same digest.",
            Examples = "hull image bootstrap debian:bookworm --include ca-certificates,curl",
            Flags = [variant, include, suite, mirror],
            MinArguments = 1,
            MaxArguments = 1,
            Run = async context =>
            {
                BaseImageRequest request = new()
                {
                    Reference = ImageReference.Parse(context.Arguments[0]),
                    Suite = suite.Value,
                    Variant = variant.Value ?? "minbase",
                    Include = [.. include.Values.SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries))],
                    Mirror = mirror.Map(text => Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) ? uri : throw new UsageException($"'{text}' is not a URL.")),
                };
                LocalImage image = await context.Engine.Images.BootstrapAsync(request, new Lines(context.Error), context.Cancellation);
                context.Output.WriteLine(image.Id);
                return 0;
            },
        };
    }

    private sealed class Lines(TextWriter output) : IProgress<string>
    {
        public void Report(string value) => output.WriteLine(value);
    }
}
