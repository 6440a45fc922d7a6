namespace Hull.Runtime.Container.Cgroups;

/// <summary>Huge pages of one size.</summary>
/// <param name="Usage">Bytes now.</param>
/// <param name="Peak">Most bytes ever; 0 on version 2.</param>
/// <param name="Failures">Times the limit was hit.</param>
public readonly record struct HugetlbStatistics(ulong Usage, ulong Peak, ulong Failures);
