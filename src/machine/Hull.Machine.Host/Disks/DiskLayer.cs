using Microsoft.Win32.SafeHandles;

namespace Hull.Machine.Host.Disks;

/// <summary>One open file of a disk.</summary>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Format">How it holds its bytes.</param>
/// <param name="File">The file, open.</param>
public sealed record DiskLayer(string Name, DiskFormat Format, SafeFileHandle File);
