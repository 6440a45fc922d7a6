using System.Globalization;
using System.Text;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Seccomp;

namespace Hull.Testing.Seccomp;

/// <summary>
/// Compiles random profiles and asks another judge about random calls: libseccomp, or the rules read one by one. Every
/// difference is a bug of somebody's.
/// </summary>
/// <param name="callsPerProfile">How many calls each profile is asked about.</param>
internal sealed class PeerComparison(int callsPerProfile = 400)
{
    // Debian 12's library has incomplete numbers for calls that came after Linux 5.17.
    private const int LastComparableNumber = 450;

    private const int MostShown = 20;

    private static readonly string[] s_names = [.. AllNames().Where(name =>
        LibSeccomp.Instance is LibSeccomp library && library.Knows(name) && Numbers(name).First() <= LastComparableNumber)];

    private static readonly string[] s_few = [.. AllNames().Where(name => Numbers(name).First() >= 0).Take(40)];

    /// <summary>How many calls were judged.</summary>
    internal long Calls { get; private set; }

    /// <summary>How many rules libseccomp refused.</summary>
    internal long Refused { get; private set; }

    /// <summary>Compares one profile's programs, ours and libseccomp's.</summary>
    /// <param name="seed">Makes the profile and the calls.</param>
    /// <param name="maxRules">Most rules of the profile.</param>
    /// <param name="isArm64">For arm64 instead of x86-64 with its narrow companions.</param>
    /// <returns>What differs; null when nothing does.</returns>
    internal string? CompareWithLibSeccomp(int seed, int maxRules, bool isArm64)
    {
        LibSeccomp library = LibSeccomp.Instance ?? throw new InvalidOperationException("This machine has no libseccomp.");
        RandomProfile random = new(seed);
        SeccompSpec spec = random.Make(s_names, maxRules);
        if (isArm64)
        {
            spec = spec with { Architectures = ["SCMP_ARCH_AARCH64"] };
        }

        (spec, byte[] theirs) = CompileWhatIsNotRefused(library, spec, isArm64);
        byte[] ours = Ours(spec, isArm64);
        uint[] architectures = isArm64
            ? [BpfMachine.Arm64, BpfMachine.Arm64, BpfMachine.Arm64, BpfMachine.X64]
            : [BpfMachine.X64, BpfMachine.X64, BpfMachine.X86, BpfMachine.Arm64];
        uint[] numbers = InterestingNumbers(spec);
        ulong[] arguments = new ulong[6];
        for (int call = 0; call < callsPerProfile; call++)
        {
            for (int i = 0; i < arguments.Length; i++)
            {
                arguments[i] = random.Argument(spec);
            }

            byte[] data = BpfMachine.Data(random.Pick(numbers), random.Pick(architectures), arguments);
            uint expected = BpfMachine.Run(theirs, data, out _);
            uint actual = BpfMachine.Run(ours, data, out _);
            Calls++;
            if (expected != actual && !IsKnown(spec, theirs, data))
            {
                SeccompSpec small = Reduce(spec, less => library.TryCompile(less, isArm64, out _) is byte[] program
                    && !IsKnown(less, program, data)
                    && BpfMachine.Run(program, data, out _) != BpfMachine.Run(Ours(less, isArm64), data, out _));
                return Describe($"seed {seed}: libseccomp", small, data, expected, actual);
            }
        }

        return null;
    }

    /// <summary>Compares one profile's program with its rules, which may overlap and contradict each other.</summary>
    /// <returns>What differs; null when nothing does.</returns>
    internal string? CompareWithTheRules(int seed, int maxRules)
    {
        RandomProfile random = new(seed);
        SeccompSpec spec = random.MakeOverlapping(s_few, maxRules);
        byte[] program = SeccompCompiler.Compile(spec, SeccompArchitecture.X64, withEnosys: false).Filter.ToArray();
        ulong[] arguments = new ulong[6];
        for (int call = 0; call < callsPerProfile; call++)
        {
            string name = random.Pick(s_few);
            for (int i = 0; i < arguments.Length; i++)
            {
                arguments[i] = random.Argument(spec);
            }

            byte[] data = BpfMachine.Data((uint)Numbers(name).First(), BpfMachine.X64, arguments);
            uint expected = ProfileMeaning.Decide(spec, name, arguments);
            uint actual = BpfMachine.Run(program, data, out _);
            Calls++;
            if (expected != actual)
            {
                return Describe($"seed {seed}: the rules", spec, data, expected, actual);
            }
        }

        return null;
    }

    private static byte[] Ours(SeccompSpec spec, bool isArm64) => SeccompCompiler.Compile(
        spec, isArm64 ? SeccompArchitecture.Arm64 : SeccompArchitecture.X64, withEnosys: false).Filter.ToArray();

    // A contradiction (ipc and semop with different actions are one on i386) leaves the comparison, the rest stays.
    private (SeccompSpec Spec, byte[] Program) CompileWhatIsNotRefused(LibSeccomp library, SeccompSpec spec, bool isArm64)
    {
        while (true)
        {
            byte[]? program = library.TryCompile(spec, isArm64, out (int Rule, string Call)? refused);
            if (program is not null)
            {
                return (spec, program);
            }

            (int at, string call) = refused!.Value;
            SyscallRuleSpec[] rules = [.. spec.Syscalls ?? []];
            rules[at] = rules[at] with { Names = [.. (rules[at].Names ?? []).Where(name => name != call)] };
            spec = spec with { Syscalls = rules };
            Refused++;
        }
    }

    // What libseccomp 2.5.4 is known to get wrong, decided as narrowly as it can be (docs/seccomp.md).
    private static bool IsKnown(SeccompSpec spec, byte[] theirs, byte[] data) =>
        AsksForSubCallConditions(spec, data) || BpfMachine.ComparesTheArchitectureWithCalls(theirs, data);

    // Of a sub-call's conditions libseccomp asks registers that hold something else.
    private static bool AsksForSubCallConditions(SeccompSpec spec, byte[] data)
    {
        const uint SocketCall = 102;
        const uint Ipc = 117;
        uint number = BitConverter.ToUInt32(data);
        string multiplexer = number switch { SocketCall => "socketcall", Ipc => "ipc", _ => "" };
        return BitConverter.ToUInt32(data, 4) == BpfMachine.X86 && multiplexer.Length > 0
            && (spec.Syscalls ?? []).Any(rule => rule.Args is { Count: > 0 } && (rule.Names ?? []).Any(name => IsSubCall(multiplexer, name)));
    }

    // Takes rules away as long as what is left still shows the difference.
    private static SeccompSpec Reduce(SeccompSpec spec, Func<SeccompSpec, bool> differs)
    {
        SyscallRuleSpec[] rules = [.. spec.Syscalls ?? []];
        for (int i = rules.Length - 1; i >= 0; i--)
        {
            SeccompSpec less = spec with { Syscalls = [.. rules[..i], .. rules[(i + 1)..]] };
            if (differs(less))
            {
                spec = less;
                rules = [.. less.Syscalls ?? []];
            }
        }

        return spec;
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

    private static string Describe(string who, SeccompSpec spec, byte[] data, uint expected, uint actual)
    {
        uint number = BitConverter.ToUInt32(data);
        uint architecture = BitConverter.ToUInt32(data, 4);
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"{who} {expected:x8}, ours {actual:x8}");
        string arguments = string.Join(
            ' ', Enumerable.Range(0, 6).Select(i => BitConverter.ToUInt64(data, 16 + (8 * i)).ToString("x", CultureInfo.InvariantCulture)));
        text.AppendLine(CultureInfo.InvariantCulture, $"call {number} (0x{number:x}) arch {architecture:x} args {arguments}");
        text.AppendLine(CultureInfo.InvariantCulture, $"default {spec.DefaultAction} {spec.DefaultErrnoRet} archs {string.Join(' ', spec.Architectures ?? [])}");
        foreach (SyscallRuleSpec rule in (spec.Syscalls ?? []).Take(MostShown))
        {
            string conditions = string.Join(" & ", (rule.Args ?? []).Select(a => $"a{a.Index} {a.Op} {a.Value:x} {a.ValueTwo:x}"));
            text.AppendLine(CultureInfo.InvariantCulture, $"  {string.Join(',', rule.Names ?? [])} -> {rule.Action} {rule.ErrnoRet}: {conditions}");
        }

        return text.ToString();
    }

    private static bool IsSubCall(string multiplexer, string name)
    {
        foreach ((int place, _) in SyscallMultiplexer.SubCalls(SyscallTable.Find(multiplexer)))
        {
            if (place == SyscallTable.Find(name))
            {
                return true;
            }
        }

        return false;
    }

    private static IEnumerable<int> Numbers(string name) => Enum.GetValues<SeccompArchitecture>()
        .Select(architecture => SyscallTable.ByNumber(architecture).IndexOf((ushort)(SyscallTable.Find(name) + 1)));
}
