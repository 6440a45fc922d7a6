namespace Hull;

/// <summary>What kind of failure an operation ended with; callers branch on this, never on text.</summary>
/// <remarks>Each edge maps it once: exit code, HTTP status, gRPC code. The names follow gRPC's status codes.</remarks>
public enum ErrorKind
{
    /// <summary>The caller asked for something malformed or contradictory; asking again will not help.</summary>
    InvalidArgument,

    /// <summary>The named object does not exist.</summary>
    NotFound,

    /// <summary>An object with that name exists already.</summary>
    AlreadyExists,

    /// <summary>The object is not in the state that the operation needs, or the host lacks a feature.</summary>
    FailedPrecondition,

    /// <summary>The caller, or this process, may not do that.</summary>
    PermissionDenied,

    /// <summary>Disk, memory, processes or another quota ran out.</summary>
    ResourceExhausted,

    /// <summary>A peer did not answer; asking again later may help.</summary>
    Unavailable,

    /// <summary>Stored or received data is damaged: a digest, a length or a format does not match.</summary>
    DataLoss,

    /// <summary>Hull does not support that yet.</summary>
    Unimplemented,

    /// <summary>Something failed that should not have: a bug or a broken host.</summary>
    Internal,
}
