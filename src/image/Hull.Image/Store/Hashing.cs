using System.Security.Cryptography;

namespace Hull.Image;

/// <summary>Hashes by the algorithm a digest names.</summary>
internal static class Hashing
{
    internal static IncrementalHash Begin(string algorithm) =>
        IncrementalHash.CreateHash(algorithm == "sha512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256);

    internal static Digest Finish(string algorithm, IncrementalHash hash) =>
        Digest.Parse($"{algorithm}:{Convert.ToHexStringLower(hash.GetHashAndReset())}");

    internal static Digest DigestOf(string algorithm, ReadOnlySpan<byte> content) => algorithm == "sha512"
        ? Digest.Parse($"sha512:{Convert.ToHexStringLower(SHA512.HashData(content))}")
        : Digest.OfSha256(content);
}
