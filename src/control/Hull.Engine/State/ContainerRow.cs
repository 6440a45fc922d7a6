using Hull.Engine.Settings;

namespace Hull.Engine.State;

/// <summary>A container as the database knows it.</summary>
public sealed record ContainerRow
{
    /// <summary>Its identifier, 64 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>Its name, unique.</summary>
    public required string Name { get; init; }

    /// <summary>The image as the user named it.</summary>
    public required string Image { get; init; }

    /// <summary>The image's id: digest of its configuration.</summary>
    public required string ImageId { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Whether it is whole.</summary>
    public ContainerPhase Phase { get; init; } = ContainerPhase.Ready;

    /// <summary>The process that makes or removes it.</summary>
    public int OwnerPid { get; init; }

    /// <summary>That process's start in kernel ticks.</summary>
    public long OwnerStart { get; init; }

    /// <summary>What was asked for, completed with the image's defaults.</summary>
    public required ContainerSettings Settings { get; init; }
}
