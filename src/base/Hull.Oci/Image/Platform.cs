using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace Hull.Oci.Image;

/// <summary>What a manifest runs on: operating system, architecture, variant, in Go's spelling.</summary>
/// <remarks>Source: OCI image specification 1.1, image-index.md, "platform".</remarks>
public sealed record Platform
{
    /// <summary>Architecture: <c>amd64</c>, <c>arm64</c>, <c>riscv64</c>.</summary>
    [JsonPropertyName("architecture")]
    public required string Architecture { get; init; }

    /// <summary>Operating system: <c>linux</c>.</summary>
    [JsonPropertyName("os")]
    public required string OS { get; init; }

    /// <summary>Version of the operating system; Windows only.</summary>
    [JsonPropertyName("os.version")]
    public string? OSVersion { get; init; }

    /// <summary>Features of the operating system; Windows only.</summary>
    [JsonPropertyName("os.features")]
    public IReadOnlyList<string>? OSFeatures { get; init; }

    /// <summary>Variant of the architecture: <c>v7</c>, <c>v8</c>.</summary>
    [JsonPropertyName("variant")]
    public string? Variant { get; init; }

    /// <summary>The platform this process runs on.</summary>
    public static Platform Host { get; } = new()
    {
        OS = "linux",
        Architecture = RuntimeInformation.ProcessArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
            System.Runtime.InteropServices.Architecture.RiscV64 => "riscv64",
            _ => "amd64",
        },
    };

    /// <summary>Reads <c>os/arch</c>, <c>os/arch/variant</c> or <c>arch</c> alone, with usual other spellings.</summary>
    /// <returns>False when the text is no platform.</returns>
    public static bool TryParse(string? text, out Platform? platform)
    {
        platform = null;
        string[] parts = (text ?? "").ToLowerInvariant().Split('/');
        if (parts.Length > 3 || parts.Any(part => part.Length is 0 or > 32 || !part.All(IsPlatformCharacter)))
        {
            return false;
        }

        if (parts.Length == 1)
        {
            if (Canonical(parts[0], null) is not { } known)
            {
                return false;
            }

            platform = new Platform { OS = "linux", Architecture = known.Architecture, Variant = known.Variant };
            return true;
        }

        string? variant = parts.Length == 3 ? parts[2] : null;
        (string architecture, string? canonicalVariant) = Canonical(parts[1], variant) ?? (parts[1], variant);
        platform = new Platform { OS = parts[0], Architecture = architecture, Variant = canonicalVariant };
        return true;
    }

    /// <summary>Reads a platform a user named.</summary>
    /// <exception cref="HullException">The text is no platform.</exception>
    public static Platform Parse(string text) => TryParse(text, out Platform? platform) && platform is not null
        ? platform
        : throw new HullException(ErrorKind.InvalidArgument, $"'{text}' is not a platform such as 'linux/amd64' or 'linux/arm64/v8'.");

    /// <summary>Whether an image for <paramref name="offered"/> is what a user who asked for this one means.</summary>
    public bool Accepts(Platform offered)
    {
        ArgumentNullException.ThrowIfNull(offered);
        (string architecture, string? variant) = Canonical(Architecture, Variant) ?? (Architecture, Variant);
        (string otherArchitecture, string? otherVariant) =
            Canonical(offered.Architecture, offered.Variant) ?? (offered.Architecture, offered.Variant);
        return string.Equals(OS, offered.OS, StringComparison.OrdinalIgnoreCase)
            && architecture == otherArchitecture
            && (string.IsNullOrEmpty(variant) || string.IsNullOrEmpty(otherVariant) || variant == otherVariant);
    }

    /// <summary>The platform as <c>os/arch</c> or <c>os/arch/variant</c>.</summary>
    public override string ToString() =>
        string.IsNullOrEmpty(Variant) ? $"{OS}/{Architecture}" : $"{OS}/{Architecture}/{Variant}";

    private static bool IsPlatformCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.';

    // Other spellings of the same, and the variant that a bare name stands for.
    private static (string Architecture, string? Variant)? Canonical(string architecture, string? variant) =>
        (architecture, variant) switch
        {
            ("amd64" or "x86_64" or "x86-64", null or "" or "v1") => ("amd64", null),
            ("amd64" or "x86_64" or "x86-64", _) => ("amd64", variant),
            ("arm64" or "aarch64", null or "" or "8" or "v8") => ("arm64", null),
            ("arm64" or "aarch64", _) => ("arm64", variant),
            ("armhf", _) => ("arm", "v7"),
            ("armel", _) => ("arm", "v6"),
            ("arm", null or "" or "7") => ("arm", "v7"),
            ("arm", "5" or "6" or "8") => ("arm", "v" + variant),
            ("arm", _) => ("arm", variant),
            ("386" or "i386" or "i686", _) => ("386", null),
            ("riscv64" or "ppc64le" or "s390x" or "loong64" or "mips64le", _) => (architecture, variant),
            _ => null,
        };
}
