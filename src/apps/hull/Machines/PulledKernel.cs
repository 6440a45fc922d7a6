namespace Hull.Cli.Machines;

/// <summary>A kernel in the cache.</summary>
/// <param name="Version">What its package calls it, <c>6.12.107+deb13-cloud-amd64</c>.</param>
/// <param name="Suite">The suite of Debian it was pulled from; empty when that is not known.</param>
/// <param name="Path">The kernel's file.</param>
/// <param name="IsChosen">Whether it is used when none is named.</param>
internal sealed record PulledKernel(string Version, string Suite, string Path, bool IsChosen);
