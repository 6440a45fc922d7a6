using Hull.Linux;

namespace Hull.Machine.Host.Sharing;

/// <summary>A file or directory the guest has open.</summary>
internal sealed record OpenFile(FileDescriptor Descriptor, SharedNode Node)
{
    /// <summary>Where the directory's next entry is read from; the kernel's own cookie.</summary>
    internal ulong Position { get; set; }
}
