using Hull.Linux;

namespace Hull.Machine.Host.Sharing;

/// <summary>One file system node that the guest knows.</summary>
internal sealed class SharedNode(ulong id, SharedTree tree)
{
    /// <summary>What the guest calls it; never used twice.</summary>
    internal ulong Id { get; } = id;

    internal SharedTree Tree { get; } = tree;

    /// <summary>Its number in its file system, and the file system's.</summary>
    internal (ulong Device, ulong Inode) Key { get; init; }

    /// <summary>Type and permissions when it was found; the type never changes.</summary>
    internal uint Mode { get; init; }

    /// <summary>How often the guest was told of it and has not forgotten.</summary>
    internal ulong Lookups { get; set; }

    /// <summary>Where it can be found again when its descriptor was closed; null for the root of a tree.</summary>
    internal SharedNode? Parent { get; set; }

    /// <summary>Its name there, with NUL.</summary>
    internal byte[] Name { get; set; } = [];

    /// <summary>O_PATH descriptor; null while it is put away.</summary>
    internal FileDescriptor? Descriptor { get; set; }

    /// <summary>Whether its name was taken away: then only the descriptor leads to it.</summary>
    internal bool IsPinned { get; set; }

    /// <summary>How many parts of the request of now use its descriptor, which is not put away meanwhile.</summary>
    internal int Holds { get; set; }

    /// <summary>Whether it stands in the line of those whose descriptors may be put away.</summary>
    internal bool IsQueued { get; set; }

    /// <summary>How many nodes name this one as their parent.</summary>
    internal int Children { get; set; }

    /// <summary>Used since the last round of putting away.</summary>
    internal bool WasUsed { get; set; }

    internal bool IsDirectory => (Mode & NodeStatus.TypeMask) == NodeStatus.Directory;

    internal bool IsRegular => (Mode & NodeStatus.TypeMask) == NodeStatus.Regular;
}
