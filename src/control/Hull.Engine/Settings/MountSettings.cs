namespace Hull.Engine.Settings;

/// <summary>One mount of a container.</summary>
public sealed record MountSettings
{
    /// <summary>Where the content comes from.</summary>
    public required MountKind Kind { get; init; }

    /// <summary>A host path, a volume's name, or empty for an anonymous volume.</summary>
    public string Source { get; init; } = "";

    /// <summary>Where it is seen in the container; absolute.</summary>
    public required string Target { get; init; }

    /// <summary>Whether it cannot be written.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Whether a bind brings the mounts below its source along.</summary>
    public bool Recursive { get; init; } = true;

    /// <summary>Whether mounts below a read-only one may be written all the same.</summary>
    public bool WritableBelow { get; init; }

    /// <summary>Whether a missing bind source is made; <c>-v</c> does, <c>--mount</c> does not.</summary>
    public bool CreateSource { get; init; }

    /// <summary>Whether an empty volume gets what the image has at the target.</summary>
    public bool CopyUp { get; init; } = true;

    /// <summary>How mounts pass between host and container: <c>rprivate</c>, <c>rslave</c>, <c>rshared</c> or without r.</summary>
    public string Propagation { get; init; } = "rprivate";

    /// <summary>More options of a tmpfs.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Whether the volume was made for this container alone and goes with it.</summary>
    public bool IsAnonymous { get; init; }
}
