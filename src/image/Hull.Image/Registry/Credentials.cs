namespace Hull.Image;

/// <summary>How to log in to a registry. Never logged or shown: its text says only for whom it is.</summary>
public sealed record Credentials
{
    /// <summary>User name; null when there is only a token.</summary>
    public string? Username { get; init; }

    /// <summary>Password; null when there is only a token.</summary>
    public string? Password { get; init; }

    /// <summary>A refresh token that buys access tokens; null when there is a password.</summary>
    public string? IdentityToken { get; init; }

    /// <summary>An access token that is sent as it stands; null usually.</summary>
    public string? RegistryToken { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"Credentials of '{Username ?? "token"}'";
}
