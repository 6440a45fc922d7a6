namespace Hull.Runtime.Container.Cgroups;

/// <summary>Share of time in which some, or all, tasks waited for a resource. Source: Documentation/accounting/psi.rst.</summary>
/// <param name="Some">At least one task waited.</param>
/// <param name="Full">All tasks waited.</param>
public sealed record PressureStatistics(PressureLine Some, PressureLine Full);
