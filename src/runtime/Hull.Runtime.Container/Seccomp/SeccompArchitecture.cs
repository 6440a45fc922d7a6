namespace Hull.Runtime.Container.Seccomp;

/// <summary>A system call convention whose numbers the compiler knows.</summary>
/// <remarks>
/// Source: seccomp(2), "arch". The kernel reports x32 calls as x86-64 ones with bit 30 of the number set.
/// </remarks>
public enum SeccompArchitecture
{
    /// <summary><c>SCMP_ARCH_X86_64</c>.</summary>
    X64,

    /// <summary><c>SCMP_ARCH_X86</c>: 32-bit programs on x86-64.</summary>
    X86,

    /// <summary><c>SCMP_ARCH_X32</c>: 32-bit pointers on x86-64.</summary>
    X32,

    /// <summary><c>SCMP_ARCH_AARCH64</c>.</summary>
    Arm64,
}
