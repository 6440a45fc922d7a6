namespace Hull.Image;

/// <summary>Where the transfer of one piece of content stands.</summary>
public enum TransferStage
{
    /// <summary>A name is looked up at the registry.</summary>
    Resolving,

    /// <summary>The name stands for a certain digest now; see <see cref="TransferEvent.Detail"/>.</summary>
    Resolved,

    /// <summary>The piece is known and waits for its turn, or for another process that transfers it.</summary>
    Waiting,

    /// <summary>Bytes are coming in.</summary>
    Downloading,

    /// <summary>Bytes are going out.</summary>
    Uploading,

    /// <summary>The transfer broke off and goes on after a pause; see <see cref="TransferEvent.Detail"/>.</summary>
    Retrying,

    /// <summary>The other side, or the store, had it already.</summary>
    Exists,

    /// <summary>The registry took it over from another of its repositories.</summary>
    Mounted,

    /// <summary>It arrived whole and was checked.</summary>
    Complete,
}
