using Hull.Image;

namespace Hull.Cli.Commands.Images;

/// <summary><c>hull login</c> and <c>hull logout</c>.</summary>
internal static class LoginCommands
{
    private const int MaxSecretLength = 64 * 1024;

    internal static Command Login()
    {
        TextFlag user = new("username", 'u', "NAME", "User name; asked for when it is missing.");
        TextFlag password = new("password", 'p', "PASSWORD", "Password; --password-stdin does not show it to other users.");
        SwitchFlag fromInput = new("password-stdin", '\0', "Read the password from standard input.");
        TextFlag verify = RegistryFlags.TlsVerify();
        return new Command
        {
            Name = "login",
            Summary = "log in to a registry",
            Usage = "[REGISTRY]",
            Description = "The login is tried first and then stored where Docker stores its own (~/.docker/config.json).",
            Examples = "hull login --username me --password-stdin localhost:5000 < password",
            Flags = [user, password, fromInput, verify],
            MaxArguments = 1,
            Run = async context =>
            {
                RegistryOptions options = RegistryFlags.Options(verify);
                string registry = RegistryOf(context, options);
                string name = user.Value ?? Ask(context, "Username: ", hidden: false);
                string secret = fromInput.Value ? ReadInput() : password.Value ?? Ask(context, "Password: ", hidden: true);
                Credentials credentials = new() { Username = name, Password = secret };
                using (RegistryClient client = new(options, CredentialStore.Of(registry, credentials)))
                {
                    await client.CheckAsync(registry, context.Cancellation);
                }

                await CredentialStore.OfUser().StoreAsync(registry, credentials, context.Cancellation);
                context.Output.WriteLine("Login Succeeded");
                return 0;
            },
        };
    }

    internal static Command Logout() => new()
    {
        Name = "logout",
        Summary = "forget the login of a registry",
        Usage = "[REGISTRY]",
        Description = """
            Takes the registry's login out of the file that 'hull login' wrote, or out of the credential helper that
            keeps it.
            """,
        Examples = """
            hull logout localhost:5000
            """,
        MaxArguments = 1,
        Run = async context =>
        {
            string registry = RegistryOf(context, RegistryOptions.Load());
            bool erased = await CredentialStore.OfUser().EraseAsync(registry, context.Cancellation);
            context.Output.WriteLine(erased ? $"Removing login credentials for {registry}" : $"Not logged in to {registry}");
            return 0;
        },
    };

    private static string RegistryOf(CommandContext context, RegistryOptions options)
    {
        string? named = context.Arguments.Count > 0 ? context.Arguments[0] : options.DefaultRegistry;
        return named is null
            ? throw new UsageException("Name a registry: there is no default one.")
            : ImageReference.TryParse($"{named}/name", out ImageReference? reference) && reference?.Registry == named
                ? named
                : throw new UsageException($"'{named}' is not a registry such as 'HOST:PORT'.");
    }

    private static string ReadInput()
    {
        char[] buffer = new char[MaxSecretLength];
        int length = Console.In.ReadBlock(buffer);
        return new string(buffer, 0, length).TrimEnd('\r', '\n');
    }

    private static string Ask(CommandContext context, string prompt, bool hidden)
    {
        if (Console.IsInputRedirected)
        {
            throw new UsageException("Without a terminal, give --username and --password-stdin.");
        }

        context.Output.Write(prompt);
        context.Output.Flush();
        if (!hidden)
        {
            return Console.ReadLine() ?? "";
        }

        System.Text.StringBuilder secret = new();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace && secret.Length > 0)
            {
                secret.Length--;
            }
            else if (!char.IsControl(key.KeyChar))
            {
                secret.Append(key.KeyChar);
            }
        }

        context.Output.WriteLine();
        return secret.ToString();
    }
}
