namespace Hull.Runtime.Container.Cgroups;

/// <summary>One counter of memory.</summary>
/// <param name="Limit">Limit in bytes; huge when there is none.</param>
/// <param name="Current">Bytes now.</param>
/// <param name="Peak">Most bytes ever.</param>
/// <param name="Failures">Times the limit was hit.</param>
public readonly record struct MemoryUsage(ulong Limit, ulong Current, ulong Peak, ulong Failures);
