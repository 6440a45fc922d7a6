using System.Runtime.InteropServices;
using System.Text.Json;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Seccomp;
using Hull.Runtime.Security;
using Hull.Testing.Seccomp;

namespace Hull.Runtime.Container.Tests.Security;

public sealed class DefaultSeccompProfileTests
{
    private const uint Allow = 0x7FFF0000;
    private const uint Eperm = 0x00050001;
    private const uint Enosys = 0x00050026;

    // What Docker documents as blocked by its profile, whatever the default capabilities.
    private static readonly string[] s_refusedByDocker =
    [
        "acct", "add_key", "bpf", "clock_settime", "create_module", "delete_module", "finit_module", "get_kernel_syms",
        "get_mempolicy", "init_module", "ioperm", "iopl", "io_uring_enter", "io_uring_register", "io_uring_setup", "kcmp",
        "kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "mbind", "mount", "move_pages", "nfsservctl",
        "open_by_handle_at", "perf_event_open", "pivot_root", "process_madvise", "query_module", "quotactl", "reboot",
        "request_key", "set_mempolicy", "setns", "settimeofday", "swapoff", "swapon", "_sysctl", "sysfs", "umount2",
        "unshare", "uselib", "userfaultfd", "ustat", "vhangup",
    ];

    [Fact]
    public void For_TheDefaultCapabilities_RefusesWhatDockerRefuses()
    {
        byte[] program = Compile(CapabilitySet.ContainerDefault);

        foreach (string name in s_refusedByDocker)
        {
            Assert.Equal((name, Eperm), (name, Decide(program, name)));
        }
    }

    [Fact]
    public void For_AnyCapabilities_NamesOnlyCallsThatExist()
    {
        SeccompSpec spec = DefaultSeccompProfile.For(CapabilitySet.Known, Architecture.X64);

        string[] unknown = [.. spec.Syscalls!.SelectMany(rule => rule.Names!).Where(name => SyscallTable.Find(name) < 0)];

        Assert.Empty(unknown);
    }

    [Fact]
    public void For_SysAdmin_AllowsNamespacesAndMounts()
    {
        byte[] program = Compile(CapabilitySet.Of(Capability.SysAdmin));

        Assert.All(["mount", "umount2", "unshare", "setns", "clone3"], name => Assert.Equal(Allow, Decide(program, name)));
        Assert.Equal(Allow, Decide(program, "clone", 0x7E020000));
        Assert.Equal(Eperm, Decide(program, "chroot"));
    }

    [Theory]
    [InlineData(0x11ul, Allow)]
    [InlineData(0x3D0F00ul, Allow)]
    [InlineData(0x10000000ul, Eperm)]
    [InlineData(0x00020000ul, Eperm)]
    [InlineData(0x40000011ul, Eperm)]
    [InlineData(0x02000000ul, Eperm)]
    public void Clone_WithNamespaceFlags_IsRefused(ulong flags, uint expected) =>
        Assert.Equal(expected, Decide(Compile(CapabilitySet.ContainerDefault), "clone", flags));

    [Fact]
    public void Clone3_IsAnsweredAsUnknown_SoThatCallersFallBack() =>
        Assert.Equal(Enosys, Decide(Compile(CapabilitySet.ContainerDefault), "clone3"));

    [Theory]
    [InlineData(1ul, Allow)]
    [InlineData(2ul, Allow)]
    [InlineData(10ul, Allow)]
    [InlineData(16ul, Allow)]
    [InlineData(38ul, Eperm)]
    [InlineData(40ul, Eperm)]
    [InlineData(44ul, Allow)]
    [InlineData(46ul, Eperm)]
    [InlineData(0x100000028ul, Eperm)]
    public void Socket_OfAFamilyThatReachesTheHost_IsRefused(ulong family, uint expected) =>
        Assert.Equal(expected, Decide(Compile(CapabilitySet.ContainerDefault), "socket", family));

    [Theory]
    [InlineData(0ul, Allow)]
    [InlineData(0xFFFFFFFFul, Allow)]
    [InlineData(0x20008ul, Allow)]
    [InlineData(0x40000ul, Eperm)]
    [InlineData(0x400000ul, Eperm)]
    public void Personality_BeyondTheHarmlessOnes_IsRefused(ulong personality, uint expected) =>
        Assert.Equal(expected, Decide(Compile(CapabilitySet.ContainerDefault), "personality", personality));

    [Fact]
    public void For_ACallNewerThanTheProfile_AnswersEnosys() =>
        Assert.Equal(Enosys, BpfMachine.Run(Compile(CapabilitySet.ContainerDefault), BpfMachine.Data(600, BpfMachine.X64), out _));

    [Fact]
    public void For_EitherArchitecture_StaysSmall()
    {
        foreach (SeccompArchitecture architecture in (SeccompArchitecture[])[SeccompArchitecture.X64, SeccompArchitecture.Arm64])
        {
            Architecture host = architecture == SeccompArchitecture.X64 ? Architecture.X64 : Architecture.Arm64;
            SeccompProgram program = SeccompCompiler.Compile(DefaultSeccompProfile.For(CapabilitySet.ContainerDefault, host), architecture);

            Assert.InRange(program.InstructionCount, 50, 320);
        }
    }

    [Fact]
    public void For_WrittenAndReadAsJson_MeansTheSame()
    {
        SeccompSpec spec = DefaultSeccompProfile.For(CapabilitySet.ContainerDefault, Architecture.X64);
        string json = JsonSerializer.Serialize(new RuntimeSpec { Linux = new LinuxSpec { Seccomp = spec } }, RuntimeJson.Default.RuntimeSpec);

        SeccompSpec back = JsonSerializer.Deserialize(json, RuntimeJson.Default.RuntimeSpec)!.Linux!.Seccomp!;

        Assert.Contains("\"index\": 0", json, StringComparison.Ordinal);
        Assert.Equal(
            SeccompCompiler.Compile(spec, SeccompArchitecture.X64).Filter.ToArray(),
            SeccompCompiler.Compile(back, SeccompArchitecture.X64).Filter.ToArray());
    }

    private static byte[] Compile(CapabilitySet capabilities) =>
        SeccompCompiler.Compile(DefaultSeccompProfile.For(capabilities, Architecture.X64), SeccompArchitecture.X64).Filter.ToArray();

    private static uint Decide(byte[] program, string name, params ReadOnlySpan<ulong> arguments)
    {
        int number = SyscallTable.ByNumber(SeccompArchitecture.X64).IndexOf((ushort)(SyscallTable.Find(name) + 1));
        Assert.True(number >= 0, name);
        return BpfMachine.Run(program, BpfMachine.Data((uint)number, BpfMachine.X64, arguments), out _);
    }
}
