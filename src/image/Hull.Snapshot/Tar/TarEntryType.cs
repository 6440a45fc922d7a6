namespace Hull.Snapshot.Tar;

/// <summary>What an entry of an archive stands for. Source: POSIX.1-2017, pax, "ustar Interchange Format", typeflag.</summary>
public enum TarEntryType
{
    /// <summary>A regular file with a body.</summary>
    File,

    /// <summary>A further name of an earlier entry.</summary>
    HardLink,

    /// <summary>A symbolic link.</summary>
    SymbolicLink,

    /// <summary>A character device.</summary>
    CharacterDevice,

    /// <summary>A block device.</summary>
    BlockDevice,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A named pipe.</summary>
    Fifo,
}
