using System.Numerics;

namespace Hull.Cpu.Native;

/// <summary>A fast generator whose numbers follow from its seed alone on every runtime. Source: xoshiro256**, Blackman and Vigna.</summary>
internal sealed class RigRandom
{
    private ulong _a, _b, _c, _d;

    internal RigRandom(int seed)
    {
        // splitmix64 spreads the seed, so that no state is all zeros.
        ulong mix = (uint)seed;
        _a = Spread(ref mix);
        _b = Spread(ref mix);
        _c = Spread(ref mix);
        _d = Spread(ref mix);
    }

    private static ulong Spread(ref ulong mix)
    {
        mix += 0x9E3779B97F4A7C15;
        ulong z = (mix ^ (mix >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>64 random bits.</summary>
    internal ulong Bits()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>A number that is not negative.</summary>
    internal int Next() => (int)(Bits() >> 33);

    /// <summary>A number below a limit.</summary>
    internal int Next(int end) => (int)(((Bits() >> 32) * (uint)end) >> 32);

    /// <summary>A number from a range without its end.</summary>
    internal int Next(int first, int end) => (int)(first + (long)(((Bits() >> 32) * (ulong)((long)end - first)) >> 32));

    /// <summary>Whether a chance of one in so many came true.</summary>
    internal bool OneIn(int many) => Next(many) == 0;

    internal void Fill(Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(Bits() >> 56);
        }
    }
}
