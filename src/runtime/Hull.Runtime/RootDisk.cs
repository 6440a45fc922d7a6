namespace Hull.Runtime;

/// <summary>A container's root as a disk of its machine: an ext4 file system whose directory <c>root</c> is the root.</summary>
/// <param name="Base">The image's files: a raw disk that many machines read.</param>
/// <param name="Overlay">What the container changed: a qcow2 file over it.</param>
public sealed record RootDisk(string Base, string Overlay);
