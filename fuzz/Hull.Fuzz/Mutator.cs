using System.Buffers.Binary;

namespace Hull.Fuzz;

/// <summary>Makes inputs from seeds: bit flips, cuts, copies, interesting numbers, pieces of other seeds.</summary>
/// <param name="seeds">Inputs to begin with.</param>
/// <param name="words">Words of the format.</param>
/// <param name="seed">Makes everything that is random.</param>
internal sealed class Mutator(IReadOnlyList<byte[]> seeds, IReadOnlyList<string> words, int seed)
{
    private const int LongestInput = 64 * 1024;
    private const int MostSteps = 8;
    private const int MostKept = 4000;
    private const int Recent = 40;
    private const int MostParents = 200;

    private static readonly long[] s_numbers =
        [0, 1, -1, 127, 128, 255, 256, 32767, 32768, 65535, 65536, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue];

    private static readonly string[] s_words =
    [
        "null", "true", "-1", "1e999", "18446744073709551616", "\"\"", "[]", "{}", "[[[[[[[[", "\\u0000", "\\ud800", "../", "/", "//", "..",
        "\0", "\u00ff\u00fe", "%00", "=", ",", ":", "@", "sha256:", "--", "-", "a", "\n",
    ];

    private readonly Random _random = new(seed);
    private readonly List<byte[]> _pool = [.. seeds];
    private readonly List<byte[]> _kept = [];
    private readonly string[] _words = [.. s_words, .. words, .. words];

    /// <summary>How many inputs led to something new.</summary>
    internal int Kept => _kept.Count;

    /// <summary>Makes an input a parent, because it led to something new.</summary>
    internal void Keep(byte[] input)
    {
        if (_kept.Count < MostKept)
        {
            _kept.Add(input);
        }
    }

    /// <summary>The next input.</summary>
    internal byte[] Next()
    {
        List<byte> input = [.. Parent()];
        int steps = _random.Next(1, MostSteps + 1);
        for (int i = 0; i < steps && input.Count < LongestInput; i++)
        {
            Change(input);
        }

        byte[] result = [.. input];

        // A few mutants become parents, so that changes add up over time without the pool growing for ever.
        if (_random.Next(50) == 0 && result.Length < LongestInput / 4)
        {
            if (_pool.Count < seeds.Count + MostParents)
            {
                _pool.Add(result);
            }
            else
            {
                _pool[seeds.Count + _random.Next(MostParents)] = result;
            }
        }

        return result;
    }

    // Half of the time something that was new, and of that half the time something that was new lately.
    private byte[] Parent() => _kept.Count == 0 || _random.Next(2) == 0 ? _pool[_random.Next(_pool.Count)]
        : _kept[_random.Next(2) == 0 ? _random.Next(_kept.Count) : Math.Max(0, _kept.Count - 1 - _random.Next(Recent))];

    private void Change(List<byte> input)
    {
        int at = input.Count == 0 ? 0 : _random.Next(input.Count);
        switch (_random.Next(9))
        {
            case 0 when input.Count > 0:
                input[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when input.Count > 0:
                input[at] = (byte)_random.Next(256);
                break;
            case 2 when input.Count > 0:
                input.RemoveRange(at, _random.Next(1, Math.Min(64, input.Count - at) + 1));
                break;
            case 3 when input.Count > 0:
                input.InsertRange(at, input.GetRange(at, _random.Next(Math.Min(256, input.Count - at) + 1)));
                break;
            case 4:
                input.InsertRange(at, System.Text.Encoding.UTF8.GetBytes(_words[_random.Next(_words.Length)]));
                break;
            case 5:
                Splice(input, at);
                break;
            case 6 when input.Count > 0:
                input.RemoveRange(at, input.Count - at);
                break;
            case 7 when input.Count > 0:
                ChangeDigits(input, at);
                break;
            default:
                PutNumber(input, at);
                break;
        }
    }

    private void Splice(List<byte> input, int at)
    {
        byte[] other = Parent();
        if (other.Length > 0)
        {
            int from = _random.Next(other.Length);
            input.InsertRange(at, other[from..Math.Min(other.Length, from + _random.Next(1, 128))]);
        }
    }

    private void ChangeDigits(List<byte> input, int at)
    {
        for (int i = at; i < Math.Min(input.Count, at + 40); i++)
        {
            if (input[i] is >= (byte)'0' and <= (byte)'9')
            {
                input[i] = (byte)('0' + _random.Next(10));
            }
        }
    }

    private void PutNumber(List<byte> input, int at)
    {
        byte[] bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, s_numbers[_random.Next(s_numbers.Length)]);
        int width = 1 << _random.Next(4);
        for (int i = 0; i < width && at + i < input.Count; i++)
        {
            input[at + i] = bytes[i];
        }
    }
}
