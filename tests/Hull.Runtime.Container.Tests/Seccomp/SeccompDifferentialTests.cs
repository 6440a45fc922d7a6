using Hull.Oci.Runtime;
using Hull.Runtime.Container.Seccomp;
using Hull.Testing.Seccomp;

namespace Hull.Runtime.Container.Tests.Seccomp;

/// <summary>The compiler and libseccomp are two implementations of one meaning: every difference is a bug.</summary>
/// <remarks><c>./dev fuzz seccomp-libseccomp seccomp-rules</c> does the same for as long as wanted.</remarks>
public sealed class SeccompDifferentialTests
{
    [Theory]
    [InlineData(1, 3, 250, false)]
    [InlineData(2, 12, 250, false)]
    [InlineData(3, 60, 100, false)]
    [InlineData(4, 250, 30, false)]
    [InlineData(7, 12, 100, true)]
    [InlineData(8, 250, 20, true)]
    public void Compile_OfRandomProfiles_DecidesAsLibseccompDoes(int seed, int maxRules, int profiles, bool isArm64)
    {
        Assert.SkipUnless(LibSeccomp.Instance is not null, "This machine has no libseccomp.");
        PeerComparison comparison = new();
        for (int round = 0; round < profiles; round++)
        {
            if (comparison.CompareWithLibSeccomp((seed * 100_000) + round, maxRules, isArm64) is string difference)
            {
                Assert.Fail(difference);
            }
        }
    }

    [Theory]
    [InlineData(5, 8, 250)]
    [InlineData(6, 120, 60)]
    public void Compile_OfOverlappingRules_DecidesAsTheRulesRead(int seed, int maxRules, int profiles)
    {
        PeerComparison comparison = new();
        for (int round = 0; round < profiles; round++)
        {
            if (comparison.CompareWithTheRules((seed * 100_000) + round, maxRules) is string difference)
            {
                Assert.Fail(difference);
            }
        }
    }

    // 700019: libseccomp leaves out the load of the number. 386850343: it refuses a rule, because ipc and semop are one.
    [Theory]
    [InlineData(700019, 12, true)]
    [InlineData(386850343, 250, false)]
    public void Compile_OfProfilesThatLibseccompGetsWrong_IsNotBlamed(int seed, int maxRules, bool isArm64)
    {
        const int Many = 20_000;
        Assert.SkipUnless(LibSeccomp.Instance is not null, "This machine has no libseccomp.");

        string? difference = new PeerComparison(Many).CompareWithLibSeccomp(seed, maxRules, isArm64);

        Assert.Null(difference);
    }

    [Fact]
    public void Compile_OfACallTheArchitectureLacksBesideConditionalOnes_StillAsksForTheNumber()
    {
        const uint Sysinfo = 179;
        const uint Log = 0x7FFC0000;
        SyscallArgumentSpec condition = new() { Index = 1, Op = "SCMP_CMP_EQ", Value = 5 };
        SeccompSpec spec = new()
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Architectures = ["SCMP_ARCH_AARCH64"],
            Syscalls =
            [
                new SyscallRuleSpec { Names = ["sysinfo"], Action = "SCMP_ACT_LOG", Args = [condition] },
                new SyscallRuleSpec { Names = ["fstat64"], Action = "SCMP_ACT_TRACE" },
            ],
        };
        byte[] data = BpfMachine.Data(Sysinfo, BpfMachine.Arm64, 0, 5);

        byte[] ours = SeccompCompiler.Compile(spec, SeccompArchitecture.Arm64, withEnosys: false).Filter.ToArray();

        Assert.Equal(Log, BpfMachine.Run(ours, data, out _));
        Assert.False(BpfMachine.ComparesTheArchitectureWithCalls(ours, data));
        Assert.SkipUnless(LibSeccomp.Instance is not null, "This machine has no libseccomp.");
        byte[] theirs = LibSeccomp.Instance.TryCompile(spec, arm64: true, out _)!;
        Assert.Equal(BpfMachine.Run(theirs, data, out _) != Log, BpfMachine.ComparesTheArchitectureWithCalls(theirs, data));
    }

    [Fact]
    public void TryCompile_OfSubCallAndMultiplexerWithDifferentActions_NamesWhatLibseccompRefuses()
    {
        Assert.SkipUnless(LibSeccomp.Instance is not null, "This machine has no libseccomp.");
        SyscallArgumentSpec condition = new() { Index = 0, Op = "SCMP_CMP_EQ", Value = 1 };
        SeccompSpec spec = new()
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Architectures = ["SCMP_ARCH_X86"],
            Syscalls =
            [
                new SyscallRuleSpec { Names = ["ipc"], Action = "SCMP_ACT_LOG", Args = [condition] },
                new SyscallRuleSpec { Names = ["getpid", "semop"], Action = "SCMP_ACT_ERRNO" },
            ],
        };

        byte[]? program = LibSeccomp.Instance.TryCompile(spec, arm64: false, out (int Rule, string Call)? refused);

        Assert.Null(program);
        Assert.Equal((1, "semop"), refused);
    }
}
