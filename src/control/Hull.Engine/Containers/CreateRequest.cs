using Hull.Engine.Settings;
using Hull.Image;

namespace Hull.Engine.Containers;

/// <summary>A wish for a container.</summary>
public sealed record CreateRequest
{
    /// <summary>The image as the user named it.</summary>
    public required string Image { get; init; }

    /// <summary>The name; null for a made-up one.</summary>
    public string? Name { get; init; }

    /// <summary>What it shall be.</summary>
    public required ContainerSettings Settings { get; init; }

    /// <summary>The platform of the image; null for the host's.</summary>
    public string? Platform { get; init; }

    /// <summary>When the image is fetched.</summary>
    public PullPolicy Pull { get; init; } = PullPolicy.Missing;

    /// <summary>Told about the steps of a pull, from several threads.</summary>
    public IProgress<TransferEvent>? PullProgress { get; init; }
}
