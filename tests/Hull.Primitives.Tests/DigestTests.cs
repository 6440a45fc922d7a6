using System.Security.Cryptography;

namespace Hull.Primitives.Tests;

public sealed class DigestTests
{
    private const string Empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public void OfSha256_OfNothing_IsTheKnownDigest() => Assert.Equal(Empty, Digest.OfSha256([]).ToString());

    [Fact]
    public void OfSha256_OfAnyLength_IsTheFrameworksDigest()
    {
        byte[] content = new byte[70_000];
        new Random(3).NextBytes(content);

        foreach (int length in Enumerable.Range(0, 400).Concat([4096, 32_767, 32_768, 32_769, 70_000]))
        {
            ReadOnlySpan<byte> part = content.AsSpan(0, length);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(part)), Digest.OfSha256(part).Hex);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("sha256:")]
    [InlineData("sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    [InlineData("md5:d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("sha256:../../../../../../../../../../../../../../../../../../../../../../../../etc")]
    public void TryParse_OfAnythingElse_IsFalse(string text) => Assert.False(Digest.TryParse(text, out _));

    [Fact]
    public void Parse_OfADigest_KeepsItsParts()
    {
        Digest digest = Digest.Parse(Empty);

        Assert.Equal("sha256", digest.Algorithm);
        Assert.Equal(Empty[7..], digest.Hex);
    }
}
