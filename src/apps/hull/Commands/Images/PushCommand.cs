using Hull.Image;

namespace Hull.Cli.Commands.Images;

/// <summary><c>hull push</c>.</summary>
internal static class PushCommand
{
    internal static Command Create()
    {
        SwitchFlag quiet = new("quiet", 'q', "Print the name only.");
        SwitchFlag all = new("all-tags", 'a', "Push every tag of the repository.");
        TextFlag verify = RegistryFlags.TlsVerify();
        return new Command
        {
            Name = "push",
            Summary = "bring an image to its registry",
            Usage = "IMAGE",
            Description = "The layers that the registry has already are not sent again. With --all-tags, IMAGE has no tag.",
            Examples = "hull tag debian:bookworm localhost:5000/debian:bookworm\nhull push localhost:5000/debian:bookworm",
            Flags = [quiet, all, verify, RefusedFlags.ContentTrust, RefusedFlags.Platform],
            MinArguments = 1,
            MaxArguments = 1,
            Run = async context =>
            {
                var named = ImageReference.Parse(context.Arguments[0]);
                RegistryOptions registries = RegistryFlags.Options(verify);
                ImageReference[] names = all.Value
                    ? [.. context.Engine.Images.Store.List().Select(entry => entry.Reference)
                        .OfType<ImageReference>().Where(one => one.Name == named.Name && one.Digest is null)]
                    : [named];
                if (names.Length == 0)
                {
                    throw new HullException(ErrorKind.NotFound, $"There is no image '{named.Name}' with a tag.");
                }

                foreach (ImageReference name in names)
                {
                    await PushAsync(context, name, registries, quiet.Value);
                }

                return 0;
            },
        };
    }

    private static async Task PushAsync(CommandContext context, ImageReference name, RegistryOptions registries, bool quiet)
    {
        Digest digest;
        using (TransferDisplay? display = quiet ? null : TransferDisplay.Open(context.Output))
        {
            display?.Line($"The push refers to repository [{name.Name}]");
            digest = await context.Engine.Images.PushAsync(name, registries, display, context.Cancellation);
        }

        context.Output.WriteLine(quiet ? name.ToString() : $"{name.Tag}: digest: {digest}");
    }
}
