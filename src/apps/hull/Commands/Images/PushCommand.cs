using Hull.Image;

namespace Hull.Cli.Commands.Images;

/// <summary><c>hull push</c>.</summary>
internal static class PushCommand
{
    internal static Command Create()
    {
        SwitchFlag quiet = new("quiet", 'q', "Print the name only.");
        TextFlag verify = RegistryFlags.TlsVerify();
        return new Command
        {
            Name = "push",
            Summary = "bring an image to its registry",
            Usage = "IMAGE",
            Examples = "hull tag debian:bookworm localhost:5000/debian:bookworm\nhull push localhost:5000/debian:bookworm",
            Flags = [quiet, verify],
            MinArguments = 1,
            MaxArguments = 1,
            Run = async context =>
            {
                var name = ImageReference.Parse(context.Arguments[0]);
                Digest digest;
                using (TransferDisplay? display = quiet.Value ? null : TransferDisplay.Open(context.Output))
                {
                    display?.Line($"The push refers to repository [{name.Name}]");
                    digest = await context.Engine.Images.PushAsync(name, RegistryFlags.Options(verify), display, context.Cancellation);
                }

                context.Output.WriteLine(quiet.Value ? name.ToString() : $"{name.Tag}: digest: {digest}");
                return 0;
            },
        };
    }
}
