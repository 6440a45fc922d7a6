namespace Hull.Runtime.Container.Checkpoint;

/// <summary>How a container is saved.</summary>
public sealed record CheckpointOptions : CriuSettings
{
    /// <summary>The image of an earlier pre-dump, relative to this image; null for none.</summary>
    public string? ParentPath { get; init; }

    /// <summary>Whether the container goes on running.</summary>
    public bool LeaveRunning { get; init; }

    /// <summary>Whether only memory is saved, as a base for the next image; the container goes on running.</summary>
    public bool PreDump { get; init; }

    /// <summary>Whether connections that are being made are left out.</summary>
    public bool TcpSkipInFlight { get; init; }

    /// <summary>Whether files that are open and have no name any more get one.</summary>
    public bool LinkRemap { get; init; }

    /// <summary>Address and port of a page server that takes the memory; null for none.</summary>
    public (string Address, int Port)? PageServer { get; init; }
}
