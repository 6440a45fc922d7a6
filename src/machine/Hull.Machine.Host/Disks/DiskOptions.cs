using System.Text;

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

    /// <summary>The format of a file that nothing was said of: by its name, never by bytes that a guest may have written.</summary>
    public static DiskFormat FormatOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.EndsWith(".qcow2", StringComparison.OrdinalIgnoreCase) ? DiskFormat.Qcow2 : DiskFormat.Raw;
    }

    /// <summary>The same disk with absolute paths, as <see cref="Parse"/> reads it.</summary>
    public string ToAbsolute()
    {
        StringBuilder text = new(Escape(System.IO.Path.GetFullPath(Path)));
        text.Append(Format is null ? "" : Format == DiskFormat.Raw ? ",format=raw" : ",format=qcow2");
        text.Append(IsReadOnly ? ",readonly" : "");
        text.Append(HasOverlay ? ",overlay" : "");
        text.Append(OverlayPath is null ? "" : "=" + Escape(System.IO.Path.GetFullPath(OverlayPath)));
        return text.Append(FollowsAnyBacking ? ",backing=any" : "").ToString();
    }

    private static string Escape(string path) => path.Replace(",", ",,", StringComparison.Ordinal);

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
