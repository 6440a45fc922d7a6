using Hull.Linux;

namespace Hull.Machine.Host.Sharing;

/// <summary>One directory or file of the host that a guest sees.</summary>
/// <param name="Name">Its name in the share's root; no slash.</param>
/// <param name="Root">An open descriptor of it; the server owns it from then on.</param>
public sealed record SharedTree(string Name, FileDescriptor Root)
{
    /// <summary>Whether the guest may change nothing in it.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Whether only the guest changes it, so that the guest may remember what it saw.</summary>
    public bool IsExclusive { get; init; }
}
