using System.Buffers;
using System.Security.Cryptography;

namespace Hull;

/// <summary>The name of some bytes by their content: <c>sha256:</c> or <c>sha512:</c> and lower-case hexadecimal.</summary>
/// <remarks>Source: OCI image specification, descriptor.md, "Digests". Only registered algorithms are accepted.</remarks>
public readonly record struct Digest
{
    private const string Sha256Prefix = "sha256:";
    private const string Sha512Prefix = "sha512:";
    private const int Sha256HexLength = 64;
    private const int Sha512HexLength = 128;

    private static readonly SearchValues<char> s_hexadecimal = SearchValues.Create("0123456789abcdef");

    private readonly string? _text;

    private Digest(string text) => _text = text;

    /// <summary>The algorithm: <c>sha256</c> or <c>sha512</c>.</summary>
    public string Algorithm => Text[..6];

    /// <summary>The hexadecimal part; safe as a file name.</summary>
    public string Hex => Text[Sha256Prefix.Length..];

    private string Text => _text ?? throw new InvalidOperationException("This digest was never set.");

    /// <summary>Reads a digest from outside.</summary>
    /// <returns>False when the text is not a digest of a registered algorithm.</returns>
    public static bool TryParse(string? text, out Digest digest)
    {
        digest = default;
        if (text is null)
        {
            return false;
        }

        int wanted = text.StartsWith(Sha256Prefix, StringComparison.Ordinal) ? Sha256HexLength
            : text.StartsWith(Sha512Prefix, StringComparison.Ordinal) ? Sha512HexLength
            : -1;
        ReadOnlySpan<char> hex = wanted < 0 ? default : text.AsSpan(Sha256Prefix.Length);
        if (wanted < 0 || hex.Length != wanted || hex.ContainsAnyExcept(s_hexadecimal))
        {
            return false;
        }

        digest = new Digest(text);
        return true;
    }

    /// <summary>Reads a digest from outside.</summary>
    /// <exception cref="HullException">The text is not a digest.</exception>
    public static Digest Parse(string text) => TryParse(text, out Digest digest)
        ? digest
        : throw new HullException(ErrorKind.InvalidArgument, $"'{text}' is not a digest such as 'sha256:…' with 64 hexadecimal digits.");

    /// <summary>The SHA-256 digest of some bytes.</summary>
    public static Digest OfSha256(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (content.Length <= SmallSha256.MaxBytes)
        {
            SmallSha256.HashData(content, hash);
        }
        else
        {
            SHA256.HashData(content, hash);
        }

        return FromSha256(hash);
    }

    /// <summary>The SHA-256 hash of some bytes, for programs that have no cryptography library to load.</summary>
    /// <param name="content">The bytes.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] HashAlone(ReadOnlySpan<byte> content)
    {
        byte[] hash = new byte[SmallSha256.HashBytes];
        SmallSha256.HashData(content, hash);
        return hash;
    }

    /// <summary>The digest whose SHA-256 hash was computed elsewhere.</summary>
    /// <param name="hash">Exactly 32 bytes.</param>
    public static Digest FromSha256(ReadOnlySpan<byte> hash)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hash.Length, SHA256.HashSizeInBytes, nameof(hash));
        return new Digest(Sha256Prefix + Convert.ToHexStringLower(hash));
    }

    /// <summary>The digest as it stands in manifests.</summary>
    public override string ToString() => _text ?? "";
}
