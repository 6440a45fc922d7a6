namespace Hull.Runtime.Container.Checkpoint;

/// <summary>What is asked of CRIU. Source: CRIU's rpc.proto, <c>criu_req_type</c>.</summary>
internal enum CriuRequestType
{
    /// <summary>Nothing.</summary>
    Empty = 0,

    /// <summary>Save a process tree.</summary>
    Dump = 1,

    /// <summary>Bring one back.</summary>
    Restore = 2,

    /// <summary>Save its memory only, and let it run.</summary>
    PreDump = 4,

    /// <summary>A step that CRIU tells, and the answer to that.</summary>
    Notify = 6,
}
