namespace Hull.Machine.Host.Service;

/// <summary>What the process that serves a user's machine's files is told.</summary>
/// <param name="Trees">What the guest sees, in order.</param>
/// <param name="MemoryBytes">The guest's memory.</param>
public sealed record FileOrders(IReadOnlyList<FileTreeOrder> Trees, long MemoryBytes);
