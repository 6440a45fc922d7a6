using System.Diagnostics;
using System.Runtime.InteropServices;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Seccomp;
using Hull.Runtime.Security;
using Hull.Testing.Seccomp;

namespace Hull.Runtime.Container.Tests.Seccomp;

/// <summary>The running kernel takes the programs and decides as the profile says. Needs a C compiler, no privileges.</summary>
public sealed class SeccompKernelTests : IDisposable
{
    // Installs the filter of a file, then makes the calls of the command line: number, then argument 0 of each.
    private const string Caller = """
        #include <errno.h>
        #include <linux/filter.h>
        #include <linux/seccomp.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/prctl.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        static struct sock_filter code[4096];
        int main(int argc, char **argv) {
            FILE *f = fopen(argv[1], "rb");
            struct sock_fprog p = { (unsigned short)fread(code, sizeof code[0], 4096, f), code };
            if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, atoi(argv[2]), &p)) {
                perror("seccomp");
                return 1;
            }
            for (int i = 3; i + 1 < argc; i += 2) {
                long r = syscall(strtol(argv[i], 0, 0), strtoul(argv[i + 1], 0, 0), 0, 0, 0, 0, 0);
                printf("%d ", r < 0 ? errno : 0);
            }
            fflush(stdout);
            return 0;
        }
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("hull-seccomp-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void DefaultProfile_InTheKernel_RefusesAndAllows()
    {
        SeccompSpec profile = DefaultSeccompProfile.For(CapabilitySet.ContainerDefault, Architecture.X64);

        // getpid, mount, clone3, unshare(NEWUSER), personality(query), personality(ADDR_NO_RANDOMIZE), socket(VSOCK),
        // socket(ALG), socket(VSOCK with a high bit), keyctl, a call that does not exist yet.
        string said = Run(profile, "39 0 165 0 435 0 272 0x10000000 135 0xffffffff 135 0x40000 41 40 41 38 41 0x100000028 250 0 999 0");

        Assert.Equal("0 1 38 1 0 1 1 1 1 1 38", said);
    }

    [Fact]
    public void Conditions_InTheKernel_CompareAllSixtyFourBits()
    {
        SeccompSpec profile = new()
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Syscalls =
            [
                // getpid takes no argument, so any will do.
                new SyscallRuleSpec
                {
                    Names = ["getpid"],
                    Action = "SCMP_ACT_ERRNO",
                    ErrnoRet = 77,
                    Args = [new SyscallArgumentSpec { Index = 0, Op = "SCMP_CMP_GT", Value = 0x1_0000_0000 }],
                },
            ],
        };

        Assert.Equal("0 0 77 77", Run(profile, "39 0xffffffff 39 0x100000000 39 0x100000001 39 0x200000000"));
    }

    [Fact]
    public void LongProgram_InTheKernel_IsTaken()
    {
        SeccompSpec profile = new()
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"],
            Syscalls =
            [
                .. Enumerable.Range(1, 800).Select(i => new SyscallRuleSpec
                {
                    Names = ["getpid"],
                    Action = "SCMP_ACT_ERRNO",
                    ErrnoRet = 78,
                    Args = [new SyscallArgumentSpec { Index = 0, Op = "SCMP_CMP_EQ", Value = (ulong)i << 24 }],
                }),
            ],
        };

        Assert.Equal("78 78 0", Run(profile, $"39 {1L << 24} 39 {800L << 24} 39 {801L << 24}"));
    }

    [Theory]
    [InlineData(20_001)]
    [InlineData(20_002)]
    [InlineData(20_003)]
    [InlineData(20_004)]
    public void RandomProfiles_InTheKernel_DecideAsTheRulesRead(int firstSeed)
    {
        const int Profiles = 6;
        const int CallsOfOne = 250;
        for (int seed = firstSeed * 10; seed < (firstSeed * 10) + Profiles; seed++)
        {
            RandomProfile random = new(seed);
            SeccompSpec profile = random.MakeHarmless(KernelCalls.Names, 24);
            KernelCalls.Call[] calls = [.. Enumerable.Range(0, CallsOfOne).Select(_ => new KernelCalls.Call(
                random.Pick(KernelCalls.Names), [.. Enumerable.Range(0, 6).Select(_ => random.Argument(profile))]))];

            long[] answers = KernelCalls.Make(_directory, SeccompCompiler.Compile(profile, SeccompArchitecture.X64), calls);

            for (int i = 0; i < calls.Length; i++)
            {
                uint decided = ProfileMeaning.Decide(profile, calls[i].Name, calls[i].Arguments);
                Assert.True(KernelCalls.Fits(decided, answers[i]), $"seed {seed}: {calls[i].Name} {string.Join(' ', calls[i].Arguments)}: {answers[i]} for {decided:x}");
            }
        }
    }

    private string Run(SeccompSpec profile, string calls)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/cc"), "This machine has no C compiler.");
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "The numbers are those of x86-64.");
        SeccompProgram program = SeccompCompiler.Compile(profile, SeccompArchitecture.X64);
        string source = Path.Combine(_directory, "caller.c");
        string filter = Path.Combine(_directory, "filter");
        string caller = Path.Combine(_directory, "caller");
        File.WriteAllText(source, Caller);
        File.WriteAllBytes(filter, program.Filter.ToArray());
        Execute("/usr/bin/cc", ["-O1", "-o", caller, source]);

        return Execute(caller, [filter, program.Flags.ToString(), .. calls.Split(' ')]);
    }

    private static string Execute(string file, IEnumerable<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string output = process.StandardOutput.ReadToEnd();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
        return output.Trim();
    }
}
