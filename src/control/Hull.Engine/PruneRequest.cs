using Hull.Engine.Containers;
using Hull.Engine.State;
using Hull.Image;

namespace Hull.Engine;

/// <summary>What a prune may take.</summary>
public sealed record PruneRequest
{
    /// <summary>Which containers that do not run go.</summary>
    public required Func<ContainerView, bool> FitsContainer { get; init; }

    /// <summary>Which anonymous volumes that no container uses go; null to leave all.</summary>
    public Func<VolumeRow, bool>? FitsVolume { get; init; }

    /// <summary>Whether images with names go too.</summary>
    public bool AllImages { get; init; }

    /// <summary>Which images go; null for all that nobody uses.</summary>
    public ImageQuery? Images { get; init; }
}
