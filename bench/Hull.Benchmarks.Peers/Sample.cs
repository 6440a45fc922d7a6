namespace Hull.Benchmarks.Peers;

/// <summary>One measured run.</summary>
/// <param name="WallMs">From before the spawn to after the wait, milliseconds.</param>
/// <param name="CpuMs">User and system time of the process and its waited-for children, milliseconds.</param>
/// <param name="Status">Its exit status.</param>
internal readonly record struct Sample(double WallMs, double CpuMs, int Status);
