using Hull.Oci.Runtime;
using Hull.Runtime.Container.Seccomp;
using Hull.Testing.Seccomp;

namespace Hull.Runtime.Container.Tests.Seccomp;

public sealed class SeccompCompilerTests
{
    private const uint Allow = 0x7FFF0000;
    private const uint Kill = 0;
    private const uint Eperm = 0x00050001;
    private const uint Enosys = 0x00050026;
    private const uint Read = 0;
    private const uint Getpid = 39;
    private const uint Openat2 = 437;

    [Theory]
    [InlineData("SCMP_ACT_ALLOW", null, 0x7FFF0000u)]
    [InlineData("SCMP_ACT_ERRNO", null, 0x00050001u)]
    [InlineData("SCMP_ACT_ERRNO", 38u, 0x00050026u)]
    [InlineData("SCMP_ACT_KILL", null, 0u)]
    [InlineData("SCMP_ACT_KILL_THREAD", null, 0u)]
    [InlineData("SCMP_ACT_KILL_PROCESS", null, 0x80000000u)]
    [InlineData("SCMP_ACT_LOG", null, 0x7FFC0000u)]
    [InlineData("SCMP_ACT_NOTIFY", null, 0x7FC00000u)]
    [InlineData("SCMP_ACT_TRACE", 7u, 0x7FF00007u)]
    [InlineData("SCMP_ACT_TRAP", null, 0x00030000u)]
    public void Compile_OfEachAction_ReturnsItsValue(string action, uint? errno, uint expected)
    {
        string otherwise = action == "SCMP_ACT_ALLOW" ? "SCMP_ACT_LOG" : "SCMP_ACT_ALLOW";
        SeccompSpec spec = new()
        {
            DefaultAction = otherwise,
            ListenerPath = "/run/agent.sock",
            Syscalls = [new SyscallRuleSpec { Names = ["getpid"], Action = action, ErrnoRet = errno }],
        };

        Assert.Equal(expected, Decide(spec, Getpid));
    }

    [Fact]
    public void Compile_OfACallNewerThanTheProfile_AnswersEnosys()
    {
        SeccompSpec spec = Allowing("read", "getpid");

        Assert.Equal(Allow, Decide(spec, Getpid));
        Assert.Equal(Eperm, Decide(spec, Getpid - 1));
        Assert.Equal(Enosys, Decide(spec, Getpid + 1));
        Assert.Equal(Enosys, Decide(spec, Openat2));
    }

    [Theory]
    [InlineData("SCMP_ACT_TRACE", null, 0x7FF00001u)]
    [InlineData("SCMP_ACT_LOG", null, 0x7FFC0000u)]
    [InlineData("SCMP_ACT_KILL_PROCESS", 38u, 0x80000000u)]
    public void Compile_OfANewCallWithADefaultThatAnswersIt_LeavesItAlone(string action, uint? errno, uint expected)
    {
        SeccompSpec spec = Allowing("read", "getpid") with { DefaultAction = action, DefaultErrnoRet = errno };

        Assert.Equal(expected, Decide(spec, Openat2));
    }

    [Fact]
    public void Compile_OfAnUnlistedArchitecture_KillsItsCalls()
    {
        SeccompSpec spec = Allowing("read", "getpid");

        Assert.Equal(Kill, Decide(spec, 20, BpfMachine.X86));
        Assert.Equal(Kill, Decide(spec, 0x40000000 + Getpid));
        Assert.Equal(Kill, Decide(spec, Getpid, BpfMachine.Arm64));
    }

    [Fact]
    public void Compile_OfListedSubArchitectures_UsesTheirNumbers()
    {
        SeccompSpec spec = Allowing("getpid") with { Architectures = ["SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_MIPS"] };

        Assert.Equal(Allow, Decide(spec, 20, BpfMachine.X86));
        Assert.Equal(Eperm, Decide(spec, 19, BpfMachine.X86));
        Assert.Equal(Allow, Decide(spec, 0x40000000 + Getpid));
        Assert.Equal(Eperm, Decide(spec, 0x40000000 + Getpid - 1));
    }

    [Fact]
    public void Compile_ForArm64_UsesItsNumbers()
    {
        byte[] program = SeccompCompiler.Compile(Allowing("openat"), SeccompArchitecture.Arm64).Filter.ToArray();

        Assert.Equal(Allow, BpfMachine.Run(program, BpfMachine.Data(56, BpfMachine.Arm64), out _));
        Assert.Equal(Kill, BpfMachine.Run(program, BpfMachine.Data(56, BpfMachine.X64), out _));
    }

    [Fact]
    public void Compile_OfASocketRuleForX86_CoversTheMultiplexer()
    {
        SeccompSpec spec = Allowing("socket", "recv", "shmat") with { Architectures = ["SCMP_ARCH_X86"] };

        Assert.Equal(Allow, Decide(spec, 102, BpfMachine.X86, 1));
        Assert.Equal(Allow, Decide(spec, 102, BpfMachine.X86, 10));
        Assert.Equal(Eperm, Decide(spec, 102, BpfMachine.X86, 2));
        Assert.Equal(Allow, Decide(spec, 117, BpfMachine.X86, 21));
        Assert.Equal(Eperm, Decide(spec, 117, BpfMachine.X86, 22));
    }

    [Fact]
    public void Compile_OfUnknownCalls_SkipsThem()
    {
        SeccompProgram known = SeccompCompiler.Compile(Allowing("getpid"));

        SeccompProgram both = SeccompCompiler.Compile(Allowing("getpid", "no_such_call", "arm_fadvise64_64"));

        Assert.Equal(known.Filter.ToArray(), both.Filter.ToArray());
    }

    [Fact]
    public void Compile_OfFourHundredCalls_AnswersWithinTwentySteps()
    {
        string[] names = [.. Enumerable.Range(0, SyscallTable.Count).Where(i => i % 9 != 0)
            .Select(i => System.Text.Encoding.ASCII.GetString(SyscallTable.NameAt(i)))];
        byte[] program = SeccompCompiler.Compile(Allowing(names)).Filter.ToArray();

        for (uint number = 0; number < 500; number++)
        {
            _ = BpfMachine.Run(program, BpfMachine.Data(number, BpfMachine.X64), out int steps);
            Assert.InRange(steps, 1, 20);
        }

        Assert.InRange(program.Length / 8, 10, 200);
    }

    [Theory]
    [InlineData(null, 4u)]
    [InlineData("", 0u)]
    [InlineData("SECCOMP_FILTER_FLAG_LOG", 2u)]
    [InlineData("SECCOMP_FILTER_FLAG_TSYNC SECCOMP_FILTER_FLAG_SPEC_ALLOW", 4u)]
    [InlineData("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 0u)]
    public void Compile_OfFlags_SetsTheirBits(string? flags, uint expected)
    {
        SeccompSpec spec = Allowing("getpid") with { Flags = flags?.Split(' ', StringSplitOptions.RemoveEmptyEntries) };

        SeccompProgram program = SeccompCompiler.Compile(spec);

        Assert.Equal(expected, program.Flags);
        Assert.False(program.NeedsListener);
    }

    [Fact]
    public void Compile_OfANotifyRule_AsksForAListener()
    {
        SeccompSpec spec = Allowing("getpid") with
        {
            ListenerPath = "/run/agent.sock",
            Flags = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],
            Syscalls = [new SyscallRuleSpec { Names = ["mkdir"], Action = "SCMP_ACT_NOTIFY" }],
        };

        SeccompProgram program = SeccompCompiler.Compile(spec);

        Assert.True(program.NeedsListener);
        Assert.Equal(0x28u, program.Flags);
    }

    public static TheoryData<string, SeccompSpec> Refused => new()
    {
        { "'SCMP_ACT_MAYBE'", Allowing("read") with { DefaultAction = "SCMP_ACT_MAYBE" } },
        { "''", new SeccompSpec() },
        { "'SCMP_ACT_NOTIFY' cannot be the seccomp default", Allowing("read") with { DefaultAction = "SCMP_ACT_NOTIFY" } },
        { "'SCMP_ARCH_VAX'", Allowing("read") with { Architectures = ["SCMP_ARCH_VAX"] } },
        { "'SECCOMP_FILTER_FLAG_NONE'", Allowing("read") with { Flags = ["SECCOMP_FILTER_FLAG_NONE"] } },
        { "empty system call", Allowing("") },
        { "index '6'", With(new SyscallArgumentSpec { Index = 6, Op = "SCMP_CMP_EQ" }) },
        { "'SCMP_CMP_NEAR'", With(new SyscallArgumentSpec { Op = "SCMP_CMP_NEAR" }) },
        { "'65536'", Allowing("read") with { DefaultErrnoRet = 65536 } },
        { "'listenerPath'", Allowing() with { Syscalls = [new() { Names = ["mkdir"], Action = "SCMP_ACT_NOTIFY" }] } },
        { "write", Allowing() with { ListenerPath = "/a", Syscalls = [new() { Names = ["write"], Action = "SCMP_ACT_NOTIFY" }] } },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Compile_OfWhatCannotBe_SaysWhat(string part, SeccompSpec spec)
    {
        HullException error = Assert.Throws<HullException>(() => SeccompCompiler.Compile(spec));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_OfMoreThanTheKernelTakes_SaysSo()
    {
        SeccompSpec spec = Allowing() with
        {
            Syscalls = [.. Enumerable.Range(0, 2000).Select(i => new SyscallRuleSpec
            {
                Names = ["ioctl"],
                Action = "SCMP_ACT_ALLOW",
                Args = [new SyscallArgumentSpec { Index = 1, Op = "SCMP_CMP_EQ", Value = (ulong)i }],
            })],
        };

        HullException error = Assert.Throws<HullException>(() => SeccompCompiler.Compile(spec));

        Assert.Contains("4096", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_OfManyConditions_JumpsFarCorrectly()
    {
        SeccompSpec spec = Allowing() with
        {
            Syscalls = [.. Enumerable.Range(0, 900).Select(i => new SyscallRuleSpec
            {
                Names = [i % 2 == 0 ? "ioctl" : "getpid"],
                Action = "SCMP_ACT_ALLOW",
                Args = [new SyscallArgumentSpec { Index = 1, Op = "SCMP_CMP_EQ", Value = (ulong)i << 20 }],
            })],
        };

        for (ulong i = 0; i < 900; i += 2)
        {
            Assert.Equal(Allow, Decide(spec, 16, BpfMachine.X64, 0, i << 20));
        }

        Assert.Equal(Eperm, Decide(spec, 16, BpfMachine.X64, 0, 1 << 20));
        Assert.Equal(Eperm, Decide(spec, Read));
    }

    private static SeccompSpec Allowing(params string[] names) => new()
    {
        DefaultAction = "SCMP_ACT_ERRNO",
        Syscalls = [new SyscallRuleSpec { Names = names, Action = "SCMP_ACT_ALLOW" }],
    };

    private static SeccompSpec With(SyscallArgumentSpec argument) => Allowing() with
    {
        Syscalls = [new SyscallRuleSpec { Names = ["read"], Action = "SCMP_ACT_ALLOW", Args = [argument] }],
    };

    private static uint Decide(SeccompSpec spec, uint number, uint architecture = BpfMachine.X64, params ReadOnlySpan<ulong> arguments)
    {
        SeccompProgram program = SeccompCompiler.Compile(spec, SeccompArchitecture.X64);
        return BpfMachine.Run(program.Filter.Span, BpfMachine.Data(number, architecture, arguments), out _);
    }
}
