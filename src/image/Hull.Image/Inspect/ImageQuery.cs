namespace Hull.Image;

/// <summary>Selects images by the filters of <c>docker images</c> and <c>docker image prune</c>.</summary>
/// <remarks>
/// <c>dangling=true|false</c>, <c>reference=PATTERN</c>, <c>label=KEY[=VALUE]</c>, <c>label!=KEY[=VALUE]</c>,
/// <c>before=IMAGE</c>, <c>since=IMAGE</c>, <c>until=TIME|DURATION</c>. Values of the same key are alternatives except for
/// labels; different keys must all hold.
/// </remarks>
public sealed class ImageQuery
{
    private readonly ImageStore _images;
    private readonly List<Func<ImageEntry, bool>> _conditions = [];

    /// <summary>Reads filters.</summary>
    /// <param name="images">The store they are about.</param>
    /// <param name="filters">Texts of the form <c>key=value</c>.</param>
    /// <param name="now">The time durations count back from.</param>
    /// <exception cref="HullException">A filter is unknown or malformed, or names an image that is not there.</exception>
    public ImageQuery(ImageStore images, IEnumerable<string> filters, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(filters);
        _images = images;
        foreach (IGrouping<string, (string Key, string Value)> group in filters.Select(Split).GroupBy(filter => filter.Key))
        {
            Func<ImageEntry, bool>[] alternatives = [.. group.Select(filter => Condition(filter.Key, filter.Value, now))];
            _conditions.Add(group.Key is "label" or "label!"
                ? entry => Array.TrueForAll(alternatives, holds => holds(entry))
                : entry => Array.Exists(alternatives, holds => holds(entry)));
        }
    }

    /// <summary>Whether an entry fits all filters.</summary>
    public bool Matches(ImageEntry entry) => _conditions.TrueForAll(holds => holds(entry));

    /// <summary>The entries that fit, newest image first.</summary>
    public IReadOnlyList<ImageEntry> Select() =>
        [.. _images.List().Where(Matches).OrderByDescending(entry => entry.Created ?? DateTimeOffset.MinValue)];

    private static (string Key, string Value) Split(string filter)
    {
        int equals = filter.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? (filter[..equals], filter[(equals + 1)..])
            : throw new HullException(ErrorKind.InvalidArgument, $"'{filter}' is not a filter of the form 'key=value'.");
    }

    private Func<ImageEntry, bool> Condition(string key, string value, DateTimeOffset now)
    {
        switch (key)
        {
            case "dangling":
                bool wanted = value is "true" or "1" || (value is "false" or "0" ? false : throw Malformed(key, value));
                return entry => (entry.Reference is null) == wanted;
            case "reference":
                ReferencePattern pattern = new(value);
                return entry => entry.Reference is { } reference && pattern.Matches(reference);
            case "label":
                return entry => HasLabel(entry, value);
            case "label!":
                return entry => !HasLabel(entry, value);
            case "before":
                DateTimeOffset? before = CreatedOf(value);
                return entry => entry.Created < before;
            case "since":
                DateTimeOffset? since = CreatedOf(value);
                return entry => entry.Created > since;
            case "until":
                DateTimeOffset until = TimeText.TryParse(value, now, out DateTimeOffset time) ? time : throw Malformed(key, value);
                return entry => (entry.Created ?? DateTimeOffset.MinValue) < until;
            default:
                throw new HullException(ErrorKind.InvalidArgument, $"There is no image filter '{key}'.");
        }
    }

    private bool HasLabel(ImageEntry entry, string label)
    {
        int equals = label.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? label : label[..equals];
        IReadOnlyDictionary<string, string>? labels;
        try
        {
            labels = _images.Load(entry).Config.Config?.Labels;
        }
        catch (HullException)
        {
            return false; // damaged: it has no labels that could be read
        }

        return labels is not null && labels.TryGetValue(name, out string? value)
            && (equals < 0 || value == label[(equals + 1)..]);
    }

    private DateTimeOffset? CreatedOf(string image) => _images.FindEntries(image) is [ImageEntry first, ..]
        ? first.Created
        : throw new HullException(ErrorKind.NotFound, $"No such image: '{image}'.");

    private static HullException Malformed(string key, string value) =>
        new(ErrorKind.InvalidArgument, $"'{value}' is not a value of the image filter '{key}'.");
}
