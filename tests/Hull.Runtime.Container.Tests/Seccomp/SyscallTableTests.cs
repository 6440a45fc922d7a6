using System.Text;
using System.Text.RegularExpressions;
using Hull.Runtime.Container.Seccomp;

namespace Hull.Runtime.Container.Tests.Seccomp;

public sealed partial class SyscallTableTests
{
    [Theory]
    [InlineData("read", SeccompArchitecture.X64, 0)]
    [InlineData("clone3", SeccompArchitecture.X64, 435)]
    [InlineData("read", SeccompArchitecture.X86, 3)]
    [InlineData("socketcall", SeccompArchitecture.X86, 102)]
    [InlineData("rt_sigaction", SeccompArchitecture.X32, 512)]
    [InlineData("openat", SeccompArchitecture.Arm64, 56)]
    public void ByNumber_OfAKnownCall_NamesIt(string name, SeccompArchitecture architecture, int number)
    {
        int place = SyscallTable.ByNumber(architecture)[number] - 1;

        Assert.Equal(name, NameAt(place));
        Assert.Equal(place, SyscallTable.Find(name));
    }

    [Fact]
    public void Find_OfEveryName_FindsItsOwnPlace()
    {
        for (int place = 0; place < SyscallTable.Count; place++)
        {
            Assert.Equal(place, SyscallTable.Find(NameAt(place)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("aaaa")]
    [InlineData("READ")]
    [InlineData("zzzz")]
    [InlineData("r\u00e9ad")]
    [InlineData("a_name_that_is_longer_than_any_that_linux_has_ever_given_to_a_call")]
    public void Find_OfAnythingElse_IsMinusOne(string name) => Assert.Equal(-1, SyscallTable.Find(name));

    [Theory]
    [InlineData("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", SeccompArchitecture.X64)]
    [InlineData("/usr/include/x86_64-linux-gnu/asm/unistd_32.h", SeccompArchitecture.X86)]
    [InlineData("/usr/include/x86_64-linux-gnu/asm/unistd_x32.h", SeccompArchitecture.X32)]
    public void ByNumber_AgreesWithTheKernelsHeaders(string header, SeccompArchitecture architecture)
    {
        Assert.SkipUnless(File.Exists(header), $"This machine has no {header}.");
        int checkedCalls = 0;
        foreach (string line in File.ReadLines(header))
        {
            Match match = Definition().Match(line);
            if (match.Success)
            {
                ushort place = SyscallTable.ByNumber(architecture)[int.Parse(match.Groups[2].ValueSpan)];
                Assert.True(place > 0, line);
                Assert.Equal(match.Groups[1].Value, NameAt(place - 1));
                checkedCalls++;
            }
        }

        Assert.True(checkedCalls > 300, $"Only {checkedCalls} definitions were found.");
    }

    private static string NameAt(int place) => Encoding.ASCII.GetString(SyscallTable.NameAt(place));

    [GeneratedRegex(@"^#define __NR_([a-z0-9_]+) \(?(?:__X32_SYSCALL_BIT \+ )?(\d+)\)?$")]
    private static partial Regex Definition();
}
