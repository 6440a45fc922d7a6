using System.Runtime.InteropServices;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Seccomp;

/// <summary>Compiles a profile of the OCI specification to the filter program the kernel takes.</summary>
/// <remarks>
/// Source: OCI runtime specification 1.2, config-linux.md, "Seccomp"; seccomp(2). Where the specification is silent
/// the compiler does what runc does through libseccomp (docs/seccomp.md). Thread-safe.
/// </remarks>
public static class SeccompCompiler
{
    /// <summary>Compiles a profile for this machine.</summary>
    /// <exception cref="HullException">A word of the profile is unknown, or it is too large for the kernel.</exception>
    public static SeccompProgram Compile(SeccompSpec spec) => Compile(
        spec,
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? SeccompArchitecture.Arm64 : SeccompArchitecture.X64);

    /// <summary>Compiles a profile for this machine if there is one.</summary>
    /// <returns>Null without a profile, or when it names neither a default action nor a call, which means none.</returns>
    /// <exception cref="HullException">A word of the profile is unknown, or it is too large for the kernel.</exception>
    public static SeccompProgram? CompileIfAny(SeccompSpec? spec) =>
        spec is null || (string.IsNullOrEmpty(spec.DefaultAction) && spec.Syscalls is not { Count: > 0 }) ? null : Compile(spec);

    /// <summary>Compiles a profile for a machine of an architecture: <c>X64</c> or <c>Arm64</c>.</summary>
    /// <exception cref="HullException">A word of the profile is unknown, or it is too large for the kernel.</exception>
    public static SeccompProgram Compile(SeccompSpec spec, SeccompArchitecture native) => Compile(spec, native, withEnosys: true);

    /// <summary>Compiles with or without the answer ENOSYS to calls newer than the profile.</summary>
    internal static SeccompProgram Compile(SeccompSpec spec, SeccompArchitecture native, bool withEnosys)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (native is not (SeccompArchitecture.X64 or SeccompArchitecture.Arm64))
        {
            throw new ArgumentOutOfRangeException(nameof(native), native, "No kernel runs natively on that.");
        }

        SeccompPolicy policy = SeccompPolicy.Read(spec);
        (bool x86, bool x32) = ReadArchitectures(spec, native);
        uint flags = ReadFlags(spec, policy.Notifies);
        SeccompEmitter emitter = new(policy, withEnosys && AnswersEnosys(spec, policy.DefaultAction));
        return new SeccompProgram
        {
            Filter = emitter.Emit(native, x86, x32),
            Flags = flags,
            NeedsListener = policy.Notifies,
        };
    }

    private static (bool X86, bool X32) ReadArchitectures(SeccompSpec spec, SeccompArchitecture native)
    {
        bool x86 = false;
        bool x32 = false;
        foreach (string name in spec.Architectures ?? [])
        {
            SeccompArchitecture? architecture = SeccompNames.ArchitectureOf(name);
            x86 |= architecture == SeccompArchitecture.X86;
            x32 |= architecture == SeccompArchitecture.X32;
        }

        return (x86 && native == SeccompArchitecture.X64, x32 && native == SeccompArchitecture.X64);
    }

    private static uint ReadFlags(SeccompSpec spec, bool notifies)
    {
        // No list at all, unlike an empty one, asks for the runtime's choice: runc's is not to slow the container
        // down with the speculation barrier that a filter otherwise switches on (seccomp(2)).
        uint flags = spec.Flags is null ? SeccompNames.SpeculationAllowed : 0;
        foreach (string name in spec.Flags ?? [])
        {
            flags |= SeccompNames.FlagOf(name);
        }

        if (!notifies)
        {
            // The kernel refuses the flag where nobody waits.
            return flags & ~SeccompNames.WaitKillable;
        }

        if (string.IsNullOrEmpty(spec.ListenerPath))
        {
            throw SeccompNames.Invalid("The seccomp profile uses 'SCMP_ACT_NOTIFY' but names no 'listenerPath'.");
        }

        return flags | SeccompNames.NewListener;
    }

    // A program that tries a new call falls back to an old one on ENOSYS only, so a default of EPERM would break it.
    // A tracer answers such calls itself.
    private static bool AnswersEnosys(SeccompSpec spec, uint defaultAction) =>
        spec.DefaultErrnoRet != SeccompEmitter.Enosys
        && defaultAction is not (SeccompNames.Allow or SeccompNames.Log)
        && (defaultAction & 0xFFFF0000) != SeccompNames.Trace;
}
