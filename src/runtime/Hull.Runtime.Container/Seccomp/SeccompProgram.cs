namespace Hull.Runtime.Container.Seccomp;

/// <summary>A compiled filter, ready for seccomp(2).</summary>
public sealed record SeccompProgram
{
    /// <summary>Bytes of one <c>struct sock_filter</c>: code, jt, jf, k.</summary>
    public const int InstructionBytes = 8;

    /// <summary>The instructions, as an array of <c>struct sock_filter</c> in the host's byte order.</summary>
    public required ReadOnlyMemory<byte> Filter { get; init; }

    /// <summary><c>SECCOMP_FILTER_FLAG_…</c> bits to pass with it.</summary>
    public required uint Flags { get; init; }

    /// <summary>Whether some call is answered by an agent: seccomp(2) then returns a descriptor for it.</summary>
    public required bool NeedsListener { get; init; }

    /// <summary>How many instructions there are; the kernel takes at most 4,096.</summary>
    public int InstructionCount => Filter.Length / InstructionBytes;
}
