namespace Hull.Linux;

/// <summary>A piece of this process's address space; both in bytes.</summary>
internal readonly record struct AddressRange(nint Start, long Length);
