namespace Hull.Machine.Host.Disks;

/// <summary>What a machine's disk is kept in, as <c>--disk</c> says it.</summary>
public sealed record DiskOptions
{
    /// <summary>The file or block device.</summary>
    public required string Path { get; init; }

    /// <summary>Its format; null for qcow2 when the name ends so, otherwise raw. Never guessed from bytes, which a guest may have written.</summary>
    public DiskFormat? Format { get; init; }

    /// <summary>Whether the guest may only read.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Whether writes go to an overlay and the file stays as it is.</summary>
    public bool HasOverlay { get; init; }

    /// <summary>The overlay's file, made when it is not there; null for one that is gone when the machine ends.</summary>
    public string? OverlayPath { get; init; }

    /// <summary>Whether backing files outside the image's own folder are opened.</summary>
    public bool FollowsAnyBacking { get; init; }

    /// <summary>Reads <c>FILE[,format=raw|qcow2][,readonly][,overlay[=FILE]][,backing=any]</c>; ",," is a comma.</summary>
    /// <exception cref="HullException">An option is unknown or contradicts another.</exception>
    public static DiskOptions Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] words = [.. text.Replace(",,", "\0", StringComparison.Ordinal).Split(',').Select(word => word.Replace('\0', ','))];
        DiskOptions options = new() { Path = words[0] };
        foreach (string word in words.AsSpan(1))
        {
            options = options.With(word, text);
        }

        return options switch
        {
            { Path: "" } => throw Invalid(text, "names no file"),
            { IsReadOnly: true, HasOverlay: true } => throw Invalid(text, "is for reading only and needs no overlay"),
            _ => options,
        };
    }

    private DiskOptions With(string word, string text)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string key = equals < 0 ? word : word[..equals];
        string? value = equals < 0 ? null : word[(equals + 1)..];
        return (key, value) switch
        {
            ("format", "raw") => this with { Format = DiskFormat.Raw },
            ("format", "qcow2") => this with { Format = DiskFormat.Qcow2 },
            ("format", _) => throw Invalid(text, $"has the unknown format '{value}': use raw or qcow2"),
            ("readonly" or "ro", null) => this with { IsReadOnly = true },
            ("overlay", "") => throw Invalid(text, "has an overlay without a name"),
            ("overlay", _) => this with { HasOverlay = true, OverlayPath = value },
            ("backing", "any") => this with { FollowsAnyBacking = true },
            _ => throw Invalid(text, $"has the unknown option '{word}'"),
        };
    }

    private static HullException Invalid(string text, string what) =>
        new(ErrorKind.InvalidArgument, $"The disk '{text}' {what} (--disk).");
}
