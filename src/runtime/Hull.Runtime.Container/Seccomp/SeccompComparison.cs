namespace Hull.Runtime.Container.Seccomp;

/// <summary>How a condition compares an argument; all comparisons are unsigned.</summary>
internal enum SeccompComparison : byte
{
    NotEqual,
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
    MaskedEqual,
}
