namespace Hull.Runtime.Container.Cgroups;

/// <summary>One line of a pressure file.</summary>
/// <param name="Average10">Percent over ten seconds.</param>
/// <param name="Average60">Percent over a minute.</param>
/// <param name="Average300">Percent over five minutes.</param>
/// <param name="Total">Microseconds in all.</param>
public readonly record struct PressureLine(double Average10, double Average60, double Average300, ulong Total);
