namespace Hull.Engine.Settings;

/// <summary>What is particular to a container in a machine of its own.</summary>
public sealed record MachineSettings
{
    /// <summary>The guest's kernel: a version or suite in Hull's cache, or an absolute path; null for the chosen one.</summary>
    public string? Kernel { get; init; }

    /// <summary>How the guest gets its root: <see cref="Share"/> or <see cref="Block"/>.</summary>
    public string Root { get; init; } = Share;

    /// <summary>Milliseconds until its guest must have answered; 0 for no limit, null for what there is without being asked.</summary>
    public long? BootTimeoutMs { get; init; }

    /// <summary>The host's files, by virtio-fs.</summary>
    public const string Share = "share";

    /// <summary>A disk made from the image, with an own layer over it.</summary>
    public const string Block = "block";
}
