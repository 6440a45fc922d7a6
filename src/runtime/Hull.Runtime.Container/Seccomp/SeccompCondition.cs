namespace Hull.Runtime.Container.Seccomp;

/// <summary>One condition: argument <paramref name="Index"/> compared with <paramref name="Value"/>.</summary>
/// <param name="Index">0 to 5.</param>
/// <param name="Comparison">How.</param>
/// <param name="Value">The operand; the mask of a masked comparison.</param>
/// <param name="Second">What the masked argument must equal.</param>
internal readonly record struct SeccompCondition(byte Index, SeccompComparison Comparison, ulong Value, ulong Second);
