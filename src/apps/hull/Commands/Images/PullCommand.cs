using Hull.Image;
using Hull.Oci.Image;

namespace Hull.Cli.Commands.Images;

/// <summary><c>hull pull</c>.</summary>
internal static class PullCommand
{
    internal static Command Create()
    {
        SwitchFlag quiet = new("quiet", 'q', "Print the name only.");
        SwitchFlag all = new("all-tags", 'a', "Pull every tag of the repository.");
        TextFlag platform = new("platform", '\0', "OS/ARCH[/VARIANT]", "Which image of a multi-platform one (this host's).");
        TextFlag verify = RegistryFlags.TlsVerify();
        return new Command
        {
            Name = "pull",
            Summary = "bring an image from its registry",
            Usage = "IMAGE...",
            Description = "A name without a registry asks the default one: HULL_REGISTRY, or registry.default in /etc/hull/hull.json.\n"
                + "A transfer that breaks off goes on where it stopped, also in the next attempt.",
            Examples = "hull pull localhost:5000/team/app:v1\nhull pull --platform linux/arm64 debian:bookworm",
            Flags = [quiet, all, platform, verify, RefusedFlags.ContentTrust],
            MinArguments = 1,
            Run = async context =>
            {
                RegistryOptions registries = RegistryFlags.Options(verify);
                Platform? wanted = platform.Map(Platform.Parse);
                return await context.ForEachAsync(async argument =>
                {
                    foreach (ImageReference name in await NamesAsync(argument, all.Value, registries, context.Cancellation))
                    {
                        await PullAsync(context, name, wanted, registries, quiet.Value);
                    }
                });
            },
        };
    }

    private static async Task PullAsync(CommandContext context, ImageReference name, Platform? platform, RegistryOptions registries, bool quiet)
    {
        LocalImage image;
        bool upToDate;
        using (TransferDisplay? display = quiet ? null : TransferDisplay.Open(context.Output))
        {
            display?.Line($"{name.Tag ?? name.Digest?.ToString()}: Pulling from {name.Name}");
            image = await context.Engine.Images.PullAsync(name, platform, registries, display, context.Cancellation);
            upToDate = display?.TransferredNothing == true;
        }

        if (!quiet)
        {
            context.Output.WriteLine($"Digest: {image.Source ?? image.ManifestDescriptor.Digest}");
            context.Output.WriteLine($"Status: {(upToDate ? "Image is up to date" : "Downloaded newer image")} for {name}");
        }

        context.Output.WriteLine(name.ToString());
    }

    private static async Task<IReadOnlyList<ImageReference>> NamesAsync(
        string argument, bool all, RegistryOptions registries, CancellationToken cancellation)
    {
        var name = ImageReference.Parse(argument);
        if (!all)
        {
            return [name];
        }

        using RegistryClient client = new(registries, CredentialStore.OfUser());
        return [.. (await client.ListTagsAsync(name, cancellation)).Select(name.WithTag)];
    }
}
