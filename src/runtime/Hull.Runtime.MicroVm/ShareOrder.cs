namespace Hull.Runtime.MicroVm;

/// <summary>A directory or file of the host that a guest sees.</summary>
/// <param name="Name">Its name in the share.</param>
/// <param name="Path">Where it is on the host; absolute.</param>
/// <param name="ReadOnly">Whether the guest may not change it.</param>
public sealed record ShareOrder(string Name, string Path, bool ReadOnly);
