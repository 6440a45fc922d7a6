using System.Text;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Seccomp;

namespace Hull.Runtime.Container.Tests.Seccomp;

/// <summary>The compiler and libseccomp are two implementations of one meaning: every difference is a bug.</summary>
public sealed class SeccompDifferentialTests
{
    private const int CallsPerProfile = 400;

    // Debian 12's library has incomplete numbers for calls that came after Linux 5.17.
    private const int LastComparableNumber = 450;

    private static readonly string[] s_names = [.. AllNames().Where(name =>
        LibSeccomp.Instance is LibSeccomp library && library.Knows(name) && Numbers(name).First() <= LastComparableNumber)];

    [Theory]
    [InlineData(1, 3, 250)]
    [InlineData(2, 12, 250)]
    [InlineData(3, 60, 100)]
    [InlineData(4, 250, 30)]
    public void Compile_OfRandomProfiles_DecidesAsLibseccompDoes(int seed, int maxRules, int profiles)
    {
        Assert.SkipUnless(LibSeccomp.Instance is not null, "This machine has no libseccomp.");
        for (int round = 0; round < profiles; round++)
        {
            RandomProfile random = new((seed * 100_000) + round);
            SeccompSpec spec = random.Make(s_names, maxRules);

            byte[] theirs = LibSeccomp.Instance.Compile(spec);
            byte[] ours = SeccompCompiler.Compile(spec, SeccompArchitecture.X64, withEnosys: false).Filter.ToArray();

            uint[] numbers = InterestingNumbers(spec);
            for (int call = 0; call < CallsPerProfile; call++)
            {
                uint architecture = random.Pick([BpfMachine.X64, BpfMachine.X64, BpfMachine.X86, BpfMachine.Arm64]);
                ulong[] arguments = [.. Enumerable.Range(0, 6).Select(_ => random.Argument(spec))];
                byte[] data = BpfMachine.Data(random.Pick(numbers), architecture, arguments);
                uint expected = BpfMachine.Run(theirs, data, out _);
                uint actual = BpfMachine.Run(ours, data, out _);
                if (expected != actual)
                {
                    Assert.Fail(Describe(seed, round, spec, data, expected, actual));
                }
            }
        }
    }

    [Theory]
    [InlineData(5, 8, 250)]
    [InlineData(6, 120, 60)]
    public void Compile_OfOverlappingRules_DecidesAsTheRulesRead(int seed, int maxRules, int profiles)
    {
        string[] names = [.. AllNames().Where(name => Numbers(name).First() >= 0).Take(40)];
        for (int round = 0; round < profiles; round++)
        {
            RandomProfile random = new((seed * 100_000) + round);
            SeccompSpec spec = random.MakeOverlapping(names, maxRules);

            byte[] program = SeccompCompiler.Compile(spec, SeccompArchitecture.X64, withEnosys: false).Filter.ToArray();

            for (int call = 0; call < CallsPerProfile; call++)
            {
                string name = random.Pick(names);
                ulong[] arguments = [.. Enumerable.Range(0, 6).Select(_ => random.Argument(spec))];
                byte[] data = BpfMachine.Data((uint)Numbers(name).First(), BpfMachine.X64, arguments);
                uint expected = ProfileMeaning.Decide(spec, name, arguments);
                uint actual = BpfMachine.Run(program, data, out _);
                if (expected != actual)
                {
                    Assert.Fail(Describe(seed, round, spec, data, expected, actual));
                }
            }
        }
    }

    private static IEnumerable<string> AllNames() =>
        Enumerable.Range(0, SyscallTable.Count).Select(place => Encoding.ASCII.GetString(SyscallTable.NameAt(place)));

    private static uint[] InterestingNumbers(SeccompSpec spec)
    {
        HashSet<uint> numbers = [0, 1, 102, 117, 600, 0x3FFFFFFF, 0x40000000, 0x400001FF, 0x7FFFFFFF, 0xFFFFFFFE, uint.MaxValue];
        foreach (string name in (spec.Syscalls ?? []).SelectMany(rule => rule.Names ?? []))
        {
            int place = SyscallTable.Find(name);
            foreach (SeccompArchitecture architecture in Enum.GetValues<SeccompArchitecture>())
            {
                int number = SyscallTable.ByNumber(architecture).IndexOf((ushort)(place + 1));
                uint bit = architecture == SeccompArchitecture.X32 ? 0x40000000u : 0;
                if (number >= 0)
                {
                    numbers.UnionWith([bit + (uint)number, bit + (uint)number + 1, number > 0 ? bit + (uint)number - 1 : bit]);
                }
            }
        }

        return [.. numbers];
    }

    private static string Describe(int seed, int round, SeccompSpec spec, byte[] data, uint expected, uint actual)
    {
        StringBuilder text = new();
        text.AppendLine($"seed {seed} round {round}: libseccomp {expected:x8}, ours {actual:x8}");
        uint number = BitConverter.ToUInt32(data);
        uint architecture = BitConverter.ToUInt32(data, 4);
        text.AppendLine($"call {number} (0x{number:x}) arch {architecture:x} args "
            + string.Join(' ', Enumerable.Range(0, 6).Select(i => BitConverter.ToUInt64(data, 16 + (8 * i)).ToString("x"))));
        text.AppendLine($"default {spec.DefaultAction} {spec.DefaultErrnoRet} archs {string.Join(' ', spec.Architectures ?? [])}");
        IEnumerable<SyscallRuleSpec> near = (spec.Syscalls ?? []).Where(rule => rule.Names!.Any(name => Numbers(name).Contains((int)(number & 0x3FFFFFFF))));
        foreach (SyscallRuleSpec rule in near.Take(12))
        {
            text.AppendLine($"  {string.Join(',', rule.Names!)} -> {rule.Action} {rule.ErrnoRet}: "
                + string.Join(" & ", rule.Args!.Select(a => $"a{a.Index} {a.Op} {a.Value:x} {a.ValueTwo:x}")));
        }

        return text.ToString();
    }

    private static IEnumerable<int> Numbers(string name) => Enum.GetValues<SeccompArchitecture>()
        .Select(architecture => SyscallTable.ByNumber(architecture).IndexOf((ushort)(SyscallTable.Find(name) + 1)));
}
