using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>Which image to pull, and how.</summary>
public sealed record PullRequest
{
    /// <summary>Its name.</summary>
    public required ImageReference Reference { get; init; }

    /// <summary>Which image of an index; this host's when null.</summary>
    public Platform? Platform { get; init; }

    /// <summary>Told all layers, lowest first, before any is transferred; null for nobody.</summary>
    public Action<IReadOnlyList<ImageLayer>>? Layers { get; init; }

    /// <summary>Uses layers while they arrive, such as an unpacker; null for none.</summary>
    public LayerReceiver? Receive { get; init; }

    /// <summary>Gets the image when all of it is here and before its name is given; when this fails, the name stays as it was.</summary>
    public Func<LocalImage, CancellationToken, Task>? Prepare { get; init; }
}
