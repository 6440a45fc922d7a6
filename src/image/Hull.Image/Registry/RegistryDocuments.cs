using System.Text.Json.Serialization;

namespace Hull.Image;

/// <summary>The parts of Hull's configuration file that this library reads.</summary>
internal sealed record HullConfiguration
{
    [JsonPropertyName("registry")]
    public RegistrySection? Registry { get; init; }
}

internal sealed record RegistrySection
{
    [JsonPropertyName("default")]
    public string? Default { get; init; }

    [JsonPropertyName("defaultNamespace")]
    public string? DefaultNamespace { get; init; }

    [JsonPropertyName("insecure")]
    public IReadOnlyList<string>? Insecure { get; init; }

    [JsonPropertyName("certificateDirectories")]
    public IReadOnlyList<string>? CertificateDirectories { get; init; }

    [JsonPropertyName("parallel")]
    public int? Parallel { get; init; }
}

/// <summary>A token service's answer. Source: distribution project, "Token Authentication Specification".</summary>
internal sealed record TokenAnswer
{
    [JsonPropertyName("token")]
    public string? Token { get; init; }

    [JsonPropertyName("access_token")]
    public string? AccessToken { get; init; }

    [JsonPropertyName("expires_in")]
    public double? ExpiresIn { get; init; }
}

/// <summary>A failure a registry reports. Source: OCI distribution specification 1.1, "Error Codes".</summary>
internal sealed record RegistryFailures
{
    [JsonPropertyName("errors")]
    public IReadOnlyList<RegistryFailure?>? Errors { get; init; }
}

internal sealed record RegistryFailure
{
    [JsonPropertyName("code")]
    public string? Code { get; init; }

    [JsonPropertyName("message")]
    public string? Message { get; init; }
}

internal sealed record TagList
{
    [JsonPropertyName("tags")]
    public IReadOnlyList<string?>? Tags { get; init; }
}

internal sealed record RepositoryList
{
    [JsonPropertyName("repositories")]
    public IReadOnlyList<string?>? Repositories { get; init; }
}

/// <summary>What a credential helper reads and writes. Source: docker-credential-helpers, "Development".</summary>
internal sealed record HelperCredentials
{
    [JsonPropertyName("ServerURL")]
    public string? ServerUrl { get; init; }

    [JsonPropertyName("Username")]
    public string? Username { get; init; }

    [JsonPropertyName("Secret")]
    public string? Secret { get; init; }
}

[JsonSourceGenerationOptions(MaxDepth = 32, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HullConfiguration))]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(RegistryFailures))]
[JsonSerializable(typeof(TagList))]
[JsonSerializable(typeof(RepositoryList))]
[JsonSerializable(typeof(HelperCredentials))]
internal sealed partial class RegistryJson : JsonSerializerContext;
