namespace Hull.Image;

/// <summary>The name of an image: <c>[registry/]repository[:tag][@digest]</c>.</summary>
/// <remarks>
/// Source: the reference grammar of the distribution project, which Docker, containerd and Podman share. A name without a
/// registry stays without one: Hull has no registry built in. Equal references are equal names; no I/O, any thread.
/// </remarks>
public sealed record ImageReference
{
    /// <summary>The tag a name has when it carries neither tag nor digest.</summary>
    public const string DefaultTag = "latest";

    /// <summary>The longest name without tag and digest, in characters.</summary>
    public const int MaxNameLength = 255;

    /// <summary>The longest tag, in characters.</summary>
    public const int MaxTagLength = 128;

    private const int MaxTextLength = MaxNameLength + 1 + MaxTagLength + 1 + 135;

    private ImageReference(string? registry, string repository, string? tag, Digest? digest)
    {
        Registry = registry;
        Repository = repository;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>Host, with a port when one was given; null for a short name.</summary>
    public string? Registry { get; }

    /// <summary>Path of the repository in its registry: <c>debian</c>, <c>team/app</c>.</summary>
    public string Repository { get; }

    /// <summary>The tag; <see cref="DefaultTag"/> when the text had neither tag nor digest; null beside a digest alone.</summary>
    public string? Tag { get; }

    /// <summary>The digest of the manifest or index; null when the text had none.</summary>
    public Digest? Digest { get; }

    /// <summary>Registry and repository, without tag and digest.</summary>
    public string Name => Registry is null ? Repository : $"{Registry}/{Repository}";

    /// <summary>The shortest text that means the same: without the default tag.</summary>
    public string Familiar => Format(Tag == DefaultTag && Digest is null ? null : Tag);

    /// <summary>Name and tag, without digest; how a tag is kept in a store. Null when there is no tag.</summary>
    public string? Tagged => Tag is null ? null : $"{Name}:{Tag}";

    /// <summary>Reads a name from outside and completes it with the default tag.</summary>
    /// <returns>False when the text breaks the grammar.</returns>
    public static bool TryParse(string? text, out ImageReference? reference) => TryParse(text, out reference, out _);

    /// <summary>Reads a name from outside and completes it with the default tag.</summary>
    /// <exception cref="HullException">The text breaks the grammar; the message says where.</exception>
    public static ImageReference Parse(string text) => TryParse(text, out ImageReference? reference, out string problem)
        ? reference! // set whenever the method returns true
        : throw new HullException(ErrorKind.InvalidArgument, $"'{text}' is not an image reference: {problem}.");

    /// <summary>The same name with another tag and no digest.</summary>
    /// <exception cref="HullException">The tag breaks the grammar.</exception>
    public ImageReference WithTag(string tag) => ReferenceGrammar.IsTag(tag)
        ? new ImageReference(Registry, Repository, tag, null)
        : throw new HullException(ErrorKind.InvalidArgument, $"'{tag}' is not an image tag: {ReferenceGrammar.TagRule}.");

    /// <summary>The same name with a digest and no tag.</summary>
    public ImageReference WithDigest(Digest digest) => new(Registry, Repository, null, digest);

    /// <summary>The same repository at a registry, below a namespace when one is given.</summary>
    internal ImageReference At(string registry, string? prefix) =>
        new(registry, string.IsNullOrEmpty(prefix) ? Repository : $"{prefix}/{Repository}", Tag, Digest);

    /// <summary>The whole name with tag and digest; parsing it gives an equal reference.</summary>
    public override string ToString() => Format(Tag);

    private static bool TryParse(string? text, out ImageReference? reference, out string problem)
    {
        reference = null;
        problem = "it is empty";
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        problem = $"it is longer than {MaxTextLength} characters";
        if (text.Length > MaxTextLength)
        {
            return false;
        }

        string rest = text;
        Digest? digest = null;
        int at = rest.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            problem = "after '@' a digest such as 'sha256:…' with 64 lower-case hexadecimal digits must follow";
            if (!Hull.Digest.TryParse(rest[(at + 1)..], out Digest parsed))
            {
                return false;
            }

            digest = parsed;
            rest = rest[..at];
        }

        string? tag = null;
        int colon = rest.LastIndexOf(':');
        if (colon >= 0 && colon > rest.LastIndexOf('/'))
        {
            tag = rest[(colon + 1)..];
            rest = rest[..colon];
            problem = ReferenceGrammar.TagRule;
            if (!ReferenceGrammar.IsTag(tag))
            {
                return false;
            }
        }

        if (!ReferenceGrammar.TrySplitName(rest, out string? registry, out string repository, out problem))
        {
            return false;
        }

        reference = new ImageReference(registry, repository, tag ?? (digest is null ? DefaultTag : null), digest);
        return true;
    }

    private string Format(string? tag)
    {
        string text = tag is null ? Name : $"{Name}:{tag}";
        return Digest is null ? text : $"{text}@{Digest}";
    }
}
