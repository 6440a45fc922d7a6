using System.Buffers.Binary;
using System.Numerics;

namespace Hull;

/// <summary>SHA-256 of a few kilobytes without the system's cryptography library.</summary>
/// <remarks>
/// Source: FIPS 180-4 §6.2. The framework's SHA-256 loads OpenSSL on first use, which costs a short-lived command 2.7 ms and
/// 4.7 MB to check one manifest; this does the same in microseconds. Nothing secret is hashed, so time may depend on data.
/// </remarks>
internal static class SmallSha256
{
    /// <summary>Content up to this length is hashed here; above it OpenSSL's speed pays for loading it.</summary>
    internal const int MaxBytes = 32 * 1024;

    internal const int HashBytes = 32;

    private const int BlockBytes = 64;
    private const int Rounds = 64;
    private const int LengthBytes = 8;

    // The first 32 bits of the fractional parts of the cube roots of the first 64 primes, FIPS 180-4 §4.2.2.
    private static ReadOnlySpan<uint> Constants =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <summary>Hashes the content.</summary>
    /// <param name="content">Any length.</param>
    /// <param name="hash">Receives 32 bytes.</param>
    internal static void HashData(ReadOnlySpan<byte> content, Span<byte> hash)
    {
        Span<uint> state =
        [
            0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
        ];
        Span<uint> schedule = stackalloc uint[Rounds];
        ReadOnlySpan<byte> rest = content;
        while (rest.Length >= BlockBytes)
        {
            Compress(state, rest, schedule);
            rest = rest[BlockBytes..];
        }

        // One bit, zeros, and the length in bits: in this block where they fit, else in one more.
        Span<byte> tail = stackalloc byte[2 * BlockBytes];
        tail.Clear();
        rest.CopyTo(tail);
        tail[rest.Length] = 0x80;
        int blocks = rest.Length + 1 + LengthBytes <= BlockBytes ? 1 : 2;
        BinaryPrimitives.WriteUInt64BigEndian(tail[((blocks * BlockBytes) - LengthBytes)..], (ulong)content.Length * 8);
        Compress(state, tail, schedule);
        if (blocks == 2)
        {
            Compress(state, tail[BlockBytes..], schedule);
        }

        for (int i = 0; i < state.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(hash[(i * sizeof(uint))..], state[i]);
        }
    }

    private static void Compress(Span<uint> state, ReadOnlySpan<byte> block, Span<uint> w)
    {
        for (int t = 0; t < 16; t++)
        {
            w[t] = BinaryPrimitives.ReadUInt32BigEndian(block[(t * sizeof(uint))..]);
        }

        for (int t = 16; t < Rounds; t++)
        {
            uint s0 = BitOperations.RotateRight(w[t - 15], 7) ^ BitOperations.RotateRight(w[t - 15], 18) ^ (w[t - 15] >> 3);
            uint s1 = BitOperations.RotateRight(w[t - 2], 17) ^ BitOperations.RotateRight(w[t - 2], 19) ^ (w[t - 2] >> 10);
            w[t] = unchecked(w[t - 16] + s0 + w[t - 7] + s1);
        }

        (uint a, uint b, uint c, uint d) = (state[0], state[1], state[2], state[3]);
        (uint e, uint f, uint g, uint h) = (state[4], state[5], state[6], state[7]);
        for (int t = 0; t < Rounds; t++)
        {
            uint sum1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
            uint t1 = unchecked(h + sum1 + ((e & f) ^ (~e & g)) + Constants[t] + w[t]);
            uint sum0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
            uint t2 = unchecked(sum0 + ((a & b) ^ (a & c) ^ (b & c)));
            (h, g, f, e, d, c, b, a) = (g, f, e, unchecked(d + t1), c, b, a, unchecked(t1 + t2));
        }

        ReadOnlySpan<uint> worked = [a, b, c, d, e, f, g, h];
        for (int i = 0; i < worked.Length; i++)
        {
            state[i] = unchecked(state[i] + worked[i]);
        }
    }
}
