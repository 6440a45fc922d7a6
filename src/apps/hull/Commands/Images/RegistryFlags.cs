using Hull.Image;

namespace Hull.Cli.Commands.Images;

/// <summary>The options that every command with a registry has.</summary>
internal static class RegistryFlags
{
    internal static TextFlag TlsVerify() =>
        new("tls-verify", '\0', "true|false", "Whether the registry must have a trusted certificate (true).");

    internal static RegistryOptions Options(TextFlag verify)
    {
        RegistryOptions options = RegistryOptions.Load();
        return verify.Value switch
        {
            null or "true" or "1" => options,
            "false" or "0" => options with { VerifyTls = false },
            _ => throw new UsageException($"'{verify.Value}' is neither true nor false (--tls-verify)."),
        };
    }
}
