using System.Globalization;
using System.Security.Cryptography;
using Hull.Testing.Seccomp;

namespace Hull.Fuzz.Targets;

/// <summary>Random profiles, each compiled and asked about 4,000 calls, beside another judge. An input is only a seed.</summary>
internal sealed class SeccompPeerTarget(bool isLibSeccomp) : IFuzzTarget
{
    private static readonly int[] s_sizes = [3, 12, 60, 250];
    private readonly PeerComparison _comparison = new(callsPerProfile: 4000);

    public string Name => isLibSeccomp ? "seccomp-libseccomp" : "seccomp-rules";

    public IReadOnlyList<byte[]> Seeds { get; } = [[1], [2], [3], [4]];

    public string Tally => string.Create(CultureInfo.InvariantCulture, $"{_comparison.Calls:#,0} calls judged, {_comparison.Refused:#,0} rules refused by the peer");

    public void Run(ReadOnlyMemory<byte> input)
    {
        if (isLibSeccomp && LibSeccomp.Instance is null)
        {
            throw new HullException(ErrorKind.FailedPrecondition, "This machine has no libseccomp.");
        }

        byte[] hash = SHA256.HashData(input.Span);
        int seed = BitConverter.ToInt32(hash) & int.MaxValue;
        int size = s_sizes[hash[4] % s_sizes.Length];
        string? difference = isLibSeccomp
            ? _comparison.CompareWithLibSeccomp(seed, size, isArm64: hash[5] % 4 == 0)
            : _comparison.CompareWithTheRules(seed, size);
        if (difference is not null)
        {
            throw new InvalidOperationException(difference);
        }
    }
}
