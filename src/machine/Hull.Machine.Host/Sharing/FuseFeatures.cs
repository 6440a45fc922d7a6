namespace Hull.Machine.Host.Sharing;

/// <summary>What client and server can agree on. Source: linux/fuse.h, "INIT request/reply flags".</summary>
[Flags]
internal enum FuseFeatures : uint
{
    AsyncRead = 1 << 0,
    AtomicTruncate = 1 << 3,
    BigWrites = 1 << 5,
    AutoInvalidate = 1 << 12,
    ReadDirectoryPlus = 1 << 13,
    ReadDirectoryPlusAuto = 1 << 14,
    ParallelDirectoryOperations = 1 << 18,
    PosixAcl = 1 << 20,
    MaxPages = 1 << 22,
    CacheLinks = 1 << 23,
    KillPrivileges = 1 << 28,

    /// <summary>What this server does.</summary>
    Supported = AsyncRead | AtomicTruncate | BigWrites | AutoInvalidate | ReadDirectoryPlus | ReadDirectoryPlusAuto
        | ParallelDirectoryOperations | PosixAcl | MaxPages | CacheLinks | KillPrivileges,
}
