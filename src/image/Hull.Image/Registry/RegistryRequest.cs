using System.Net.Http.Headers;

namespace Hull.Image;

/// <summary>One request to a registry, as a value that can be sent again.</summary>
internal sealed record RegistryRequest
{
    /// <summary>The method.</summary>
    internal required HttpMethod Method { get; init; }

    /// <summary>Host and port of the registry.</summary>
    internal required string Registry { get; init; }

    /// <summary>Path with query below the registry's root; ignored beside <see cref="Location"/>.</summary>
    internal string Path { get; init; } = "";

    /// <summary>An address the registry gave for this step of an upload.</summary>
    internal Uri? Location { get; init; }

    /// <summary>The repository access is asked for; null for the registry as a whole.</summary>
    internal string? Repository { get; init; }

    /// <summary>What is asked for: <c>pull</c> or <c>pull,push</c>.</summary>
    internal string Actions { get; init; } = "pull";

    /// <summary>Media types accepted.</summary>
    internal string? Accept { get; init; }

    /// <summary>First byte wanted, for a download that goes on; 0 asks for the whole.</summary>
    internal long Offset { get; init; }

    /// <summary>Makes the body; called for each attempt.</summary>
    internal Func<HttpContent>? Content { get; init; }

    /// <summary>Whether the transport may send it again after a failure that passes.</summary>
    internal bool Retry { get; init; } = true;

    /// <summary>The scope of a token for this request, when the challenge names none.</summary>
    internal string? Scope => Repository is null ? null : $"repository:{Repository}:{Actions}";

    internal HttpRequestMessage ToMessage(Uri target, AuthenticationHeaderValue? authorization)
    {
        HttpRequestMessage message = new(Method, target) { Content = Content?.Invoke() };
        message.Headers.Authorization = authorization;
        message.Headers.TryAddWithoutValidation("User-Agent", "hull");
        if (Accept is not null)
        {
            message.Headers.TryAddWithoutValidation("Accept", Accept);
        }

        if (Offset > 0)
        {
            message.Headers.Range = new RangeHeaderValue(Offset, null);
        }

        return message;
    }
}
