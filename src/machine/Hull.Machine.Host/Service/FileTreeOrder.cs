namespace Hull.Machine.Host.Service;

/// <summary>A directory or file that a machine's guest sees.</summary>
/// <param name="Name">Its name in the share.</param>
/// <param name="ReadOnly">Whether the guest may not change it.</param>
/// <param name="Path">Where the process finds it, when it is mounted in its jail; null when it was handed over open.</param>
public sealed record FileTreeOrder(string Name, bool ReadOnly, string? Path);
