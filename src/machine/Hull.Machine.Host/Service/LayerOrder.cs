using Hull.Machine.Host.Disks;

namespace Hull.Machine.Host.Service;

/// <summary>One open file of a disk.</summary>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Format">How it holds its bytes.</param>
/// <param name="Descriptor">The descriptor.</param>
public sealed record LayerOrder(string Name, DiskFormat Format, int Descriptor);
