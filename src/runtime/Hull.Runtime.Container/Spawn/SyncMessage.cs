namespace Hull.Runtime.Container.Spawn;

/// <summary>What a child tells its parent over the socket pair: the first of three eight-byte words.</summary>
public enum SyncMessage
{
    /// <summary>A step failed: its address, its error. Written by the machine code.</summary>
    Failed = 0,

    /// <summary>The user namespace exists: write its id maps, then answer.</summary>
    MapIds = 1,

    /// <summary>The process goes on as another process: its id follows.</summary>
    Continued = 2,

    /// <summary>The namespaces exist: run the createRuntime hooks, then answer.</summary>
    RuntimeHooks = 3,

    /// <summary>The mounts are done, the root is still the host's: run the createContainer hooks, then answer.</summary>
    ContainerHooks = 4,

    /// <summary>Everything is done: answer to let the process wait for start, or execute.</summary>
    Ready = 5,

    /// <summary>The process is about to execute: run the startContainer hooks, then answer.</summary>
    StartHooks = 6,

    /// <summary>Two descriptors follow: copy the first directory's content into the second, then answer.</summary>
    CopyUp = 7,

    /// <summary>The filter is in force and has a listener, whose number in the process follows: take it, then answer.</summary>
    SeccompListener = 8,

    /// <summary>The network namespace exists; a routing socket in it follows: move the host's interfaces in, then answer.</summary>
    NetworkDevices = 9,

    /// <summary>A descriptor and the number of a mount follow: map the ids of that copied tree, then answer.</summary>
    MapMount = 10,

    /// <summary>The root's descriptor and the number of a mount, times two, plus one for a directory, follow: make its place, then answer.</summary>
    MakeTarget = 11,

    /// <summary>CRIU's process has made the socket for requests; the number of its end follows: take it, then answer.</summary>
    RequestSocket = 12,

    /// <summary>For the log only, and only where it was asked for: a <see cref="SpawnNote"/> and a value follow. No answer.</summary>
    Note = 16,
}
