namespace Hull.Runtime.Container.Seccomp;

/// <summary>The words of a profile and what they stand for.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Seccomp"; linux/seccomp.h; seccomp(2).</remarks>
public static class SeccompNames
{
    internal const uint KillProcess = 0x80000000;
    internal const uint KillThread = 0x00000000;
    internal const uint Trap = 0x00030000;
    internal const uint Error = 0x00050000;
    internal const uint Notify = 0x7FC00000;
    internal const uint Trace = 0x7FF00000;
    internal const uint Log = 0x7FFC0000;
    internal const uint Allow = 0x7FFF0000;

    internal const uint LogActions = 1 << 1;
    internal const uint SpeculationAllowed = 1 << 2;
    internal const uint NewListener = 1 << 3;
    internal const uint WaitKillable = 1 << 5;

    private const uint MaxReturnData = ushort.MaxValue;
    private const uint PermissionDenied = 1;

    /// <summary>Every action a rule may name.</summary>
    public static IReadOnlyList<string> Actions { get; } =
    [
        "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD",
        "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP",
    ];

    /// <summary>Every comparison a condition may name.</summary>
    public static IReadOnlyList<string> Operators { get; } =
    [
        "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE",
    ];

    /// <summary>Every architecture whose calls the compiler can filter.</summary>
    public static IReadOnlyList<string> Architectures { get; } =
        ["SCMP_ARCH_AARCH64", "SCMP_ARCH_X32", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64"];

    /// <summary>Every flag a profile may set.</summary>
    public static IReadOnlyList<string> Flags { get; } =
    [
        "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC",
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
    ];

    // Architectures the specification names that no host of Hull's ever runs: their calls cannot reach the filter.
    private static readonly string[] s_foreign =
    [
        "SCMP_ARCH_ARM", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64",
        "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32",
        "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE",
        "SCMP_ARCH_RISCV64", "SCMP_ARCH_S390", "SCMP_ARCH_S390X", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB",
    ];

    internal static uint ActionOf(string? name, uint? errno)
    {
        uint data = errno ?? PermissionDenied;
        if (data > MaxReturnData)
        {
            throw Invalid($"The seccomp error number '{data}' is above {MaxReturnData}.");
        }

        return name switch
        {
            "SCMP_ACT_ALLOW" => Allow,
            "SCMP_ACT_ERRNO" => Error | data,
            "SCMP_ACT_KILL" or "SCMP_ACT_KILL_THREAD" => KillThread,
            "SCMP_ACT_KILL_PROCESS" => KillProcess,
            "SCMP_ACT_LOG" => Log,
            "SCMP_ACT_NOTIFY" => Notify,
            "SCMP_ACT_TRACE" => Trace | data,
            "SCMP_ACT_TRAP" => Trap,
            _ => throw Invalid($"The seccomp action '{name}' is unknown; use one of the SCMP_ACT_ names of the OCI specification."),
        };
    }

    internal static SeccompComparison ComparisonOf(string? name) => name switch
    {
        "SCMP_CMP_NE" => SeccompComparison.NotEqual,
        "SCMP_CMP_LT" => SeccompComparison.Less,
        "SCMP_CMP_LE" => SeccompComparison.LessOrEqual,
        "SCMP_CMP_EQ" => SeccompComparison.Equal,
        "SCMP_CMP_GE" => SeccompComparison.GreaterOrEqual,
        "SCMP_CMP_GT" => SeccompComparison.Greater,
        "SCMP_CMP_MASKED_EQ" => SeccompComparison.MaskedEqual,
        _ => throw Invalid($"The seccomp operator '{name}' is unknown; use one of the SCMP_CMP_ names of the OCI specification."),
    };

    internal static uint FlagOf(string? name) => name switch
    {
        // For all threads of a process: the one that installs the filter has a single thread.
        "SECCOMP_FILTER_FLAG_TSYNC" => 0,
        "SECCOMP_FILTER_FLAG_LOG" => LogActions,
        "SECCOMP_FILTER_FLAG_SPEC_ALLOW" => SpeculationAllowed,
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" => WaitKillable,
        _ => throw Invalid($"The seccomp flag '{name}' is unknown; use one of {string.Join(", ", Flags)}."),
    };

    // Null: known, but no program of that architecture can run on a host of Hull's.
    internal static SeccompArchitecture? ArchitectureOf(string? name) => name switch
    {
        "SCMP_ARCH_X86_64" => SeccompArchitecture.X64,
        "SCMP_ARCH_X86" => SeccompArchitecture.X86,
        "SCMP_ARCH_X32" => SeccompArchitecture.X32,
        "SCMP_ARCH_AARCH64" => SeccompArchitecture.Arm64,
        _ when Array.IndexOf(s_foreign, name) >= 0 => null,
        _ => throw Invalid($"The seccomp architecture '{name}' is unknown; use one of the SCMP_ARCH_ names of the OCI specification."),
    };

    internal static HullException Invalid(string message) => new(ErrorKind.InvalidArgument, message);
}
