namespace Hull;

/// <summary>The identifier of a container, safe as one path segment and as a cgroup name.</summary>
/// <remarks>
/// Letters, digits, <c>_ + - .</c>, at most 1,024 characters, never <c>.</c> or <c>..</c>: what runc accepts, so that
/// containerd, Podman and dockerd can pass theirs.
/// </remarks>
public readonly record struct ContainerId
{
    /// <summary>The longest accepted identifier, in characters.</summary>
    public const int MaxLength = 1024;

    private const int GuidBytes = 16;

    private readonly string? _text;

    private ContainerId(string text) => _text = text;

    /// <summary>Makes a fresh identifier: 64 hexadecimal digits, as Docker's.</summary>
    public static ContainerId NewRandom()
    {
        // Guids come from the kernel's random numbers without loading OpenSSL, which would cost a command 3 ms. Six bits of
        // each are fixed, so the 488 random bits of four are hashed into the 256 of one identifier.
        Span<byte> random = stackalloc byte[4 * GuidBytes];
        for (int i = 0; i < random.Length; i += GuidBytes)
        {
            Guid.NewGuid().TryWriteBytes(random[i..]);
        }

        return new ContainerId(Digest.OfSha256(random).Hex);
    }

    /// <summary>Reads an identifier from outside.</summary>
    /// <returns>False when it is empty, too long, or has a character that a path or cgroup name must not have.</returns>
    public static bool TryParse(string? text, out ContainerId id)
    {
        id = default;
        if (string.IsNullOrEmpty(text) || text.Length > MaxLength || text is "." or "..")
        {
            return false;
        }

        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '+' or '-' or '.'))
            {
                return false;
            }
        }

        id = new ContainerId(text);
        return true;
    }

    /// <summary>Reads an identifier from outside.</summary>
    /// <exception cref="HullException">The text is not an identifier.</exception>
    public static ContainerId Parse(string text) => TryParse(text, out ContainerId id)
        ? id
        : throw new HullException(
            ErrorKind.InvalidArgument, $"'{text}' is not a container identifier: use letters, digits, '_', '+', '-' and '.'.");

    /// <inheritdoc/>
    public override string ToString() => _text ?? "";
}
