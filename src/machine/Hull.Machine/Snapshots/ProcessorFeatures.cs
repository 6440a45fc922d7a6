using Hull.Machine.Board;
using Hull.Machine.State;

namespace Hull.Machine.Snapshots;

/// <summary>What a guest was told that its processors can do: the words of CPUID that are sets of features.</summary>
/// <remarks>Source: Intel SDM vol. 2A, CPUID. A guest that goes on where one of them is missing dies of it, sooner or later.</remarks>
internal sealed class ProcessorFeatures
{
    private const int MaxWords = 64;

    private static readonly (uint Leaf, uint Subleaf, char Register)[] s_words =
    [
        (1, 0, 'C'), (1, 0, 'D'), (7, 0, 'B'), (7, 0, 'C'), (7, 0, 'D'), (7, 1, 'A'), (0xD, 0, 'A'), (0xD, 1, 'A'),
        (0x8000_0001, 0, 'C'), (0x8000_0001, 0, 'D'), (0x8000_0008, 0, 'B'), (7, 2, 'D'),
    ];

    // Says what the operating system did, not what the processor can; and whether more than one shares a package, which is the board's.
    private static readonly uint[] s_ignored = [1u << 27, 1u << 28];

    // SYSCALL shows in 64-bit mode only.
    private const int ExtendedWord = 9;
    private const uint SystemCall = 1u << 11;
    private const uint X2Apic = 1 << 21;

    private static readonly (int Word, int Bit, string Name)[] s_names =
    [
        (0, 0, "sse3"), (0, 1, "pclmulqdq"), (0, 9, "ssse3"), (0, 12, "fma"), (0, 13, "cx16"),
        (0, 17, "pcid"), (0, 19, "sse4_1"), (0, 20, "sse4_2"), (0, 21, "x2apic"), (0, 22, "movbe"),
        (0, 23, "popcnt"), (0, 24, "tsc-deadline"), (0, 25, "aes"), (0, 26, "xsave"), (0, 28, "avx"),
        (0, 29, "f16c"), (0, 30, "rdrand"), (2, 0, "fsgsbase"), (2, 3, "bmi1"), (2, 5, "avx2"),
        (2, 7, "smep"), (2, 8, "bmi2"), (2, 9, "erms"), (2, 10, "invpcid"), (2, 16, "avx512f"),
        (2, 18, "rdseed"), (2, 19, "adx"), (2, 20, "smap"), (2, 23, "clflushopt"), (2, 29, "sha"),
        (3, 2, "umip"), (3, 22, "rdpid"), (8, 5, "abm"), (9, 20, "nx"), (9, 26, "pdpe1gb"),
        (9, 27, "rdtscp"),
    ];

    private readonly uint[] _words;

    private ProcessorFeatures(uint[] words) => _words = words;

    /// <summary>Asks a processor on its board.</summary>
    internal static ProcessorFeatures Of(IVirtualProcessor processor, CpuidPolicy board) => Of(processor.DescribeCpuid, board);

    /// <summary>Asks what describes a processor, on a board.</summary>
    internal static ProcessorFeatures Of(CpuidSource source, CpuidPolicy board)
    {
        uint[] words = new uint[s_words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            (uint leaf, uint subleaf, char register) = s_words[i];
            CpuidResult value = source(leaf, subleaf);
            uint own = value.Ecx;
            board.Adjust(0, leaf, subleaf, ref value);
            if (leaf == 1)
            {
                // What a processor has no way to give, the board cannot add.
                value.Ecx &= ~X2Apic | own;
            }

            words[i] = register switch { 'A' => value.Eax, 'B' => value.Ebx, 'C' => value.Ecx, _ => value.Edx };
            words[i] &= i < s_ignored.Length ? ~s_ignored[i] : uint.MaxValue;
        }

        words[ExtendedWord] |= SystemCall;
        return new ProcessorFeatures(words);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    internal static ProcessorFeatures Read(StateReader reader)
    {
        uint[] words = new uint[reader.Count(MaxWords)];
        if (words.Length != s_words.Length)
        {
            throw reader.Damaged();
        }

        for (int i = 0; i < words.Length; i++)
        {
            words[i] = reader.U32();
        }

        reader.End();
        return new ProcessorFeatures(words);
    }

    internal void Write(StateWriter writer)
    {
        writer.U32((uint)_words.Length);
        foreach (uint word in _words)
        {
            writer.U32(word);
        }
    }

    /// <summary>What both have.</summary>
    internal ProcessorFeatures And(ProcessorFeatures other) =>
        new([.. _words.Zip(other._words, static (mine, its) => mine & its)]);

    /// <summary>Takes what is not among these from an answer of CPUID.</summary>
    internal void Limit(uint leaf, uint subleaf, ref CpuidResult value)
    {
        for (int i = 0; i < _words.Length; i++)
        {
            if (s_words[i].Leaf != leaf || s_words[i].Subleaf != subleaf)
            {
                continue;
            }

            uint kept = _words[i] | (i < s_ignored.Length ? s_ignored[i] : 0);
            switch (s_words[i].Register)
            {
                case 'A':
                    value.Eax &= kept;
                    break;
                case 'B':
                    value.Ebx &= kept;
                    break;
                case 'C':
                    value.Ecx &= kept;
                    break;
                default:
                    value.Edx &= kept;
                    break;
            }
        }
    }

    /// <summary>Refuses a processor that offers less.</summary>
    /// <exception cref="HullException">Something of this is missing there.</exception>
    internal void CheckOfferedBy(ProcessorFeatures other)
    {
        List<string> missing = [];
        for (int i = 0; i < _words.Length; i++)
        {
            for (uint rest = _words[i] & ~other._words[i]; rest != 0; rest &= rest - 1)
            {
                missing.Add(NameOf(i, int.TrailingZeroCount((int)rest)));
            }
        }

        if (missing.Count > 0)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition,
                $"The snapshot's guest uses a processor with '{string.Join(' ', missing)}', which this one does not offer; restore it on the kind it was saved on.");
        }
    }

    private static string NameOf(int word, int bit)
    {
        (uint leaf, uint subleaf, char register) = s_words[word];
        return s_names.FirstOrDefault(name => name.Word == word && name.Bit == bit).Name ?? $"cpuid-{leaf:x}-{subleaf}-e{char.ToLowerInvariant(register)}x-{bit}";
    }
}
