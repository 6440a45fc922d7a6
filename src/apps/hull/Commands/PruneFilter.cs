using Hull.Engine.Containers;

namespace Hull.Cli.Commands;

/// <summary>Which things a prune means: <c>until=TIME</c>, <c>label=NAME[=VALUE]</c>, <c>label!=NAME[=VALUE]</c>; all must fit.</summary>
internal sealed class PruneFilter
{
    private readonly DateTimeOffset _until = DateTimeOffset.MaxValue;
    private readonly List<string> _labels = [];
    private readonly List<string> _notLabels = [];

    /// <summary>Reads the options.</summary>
    /// <exception cref="UsageException">One is no filter.</exception>
    internal PruneFilter(IReadOnlyList<string> texts, DateTimeOffset now)
    {
        foreach (string text in texts)
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            string value = text[(equals + 1)..];
            switch (equals < 0 ? "" : text[..equals])
            {
                case "until" when value.Length > 0:
                    _until = LogsCommand.ReadMoment(value, now);
                    break;
                case "label":
                    _labels.Add(value);
                    break;
                case "label!":
                    _notLabels.Add(value);
                    break;
                default:
                    throw new UsageException($"'{text}' is not a filter: use NAME=VALUE with until, label, label!.");
            }
        }
    }

    internal bool Fits(ContainerView view) => view.Row.Created < _until && FitsLabels(view.Row.Settings.Labels);

    internal bool FitsLabels(IReadOnlyDictionary<string, string> labels) =>
        _labels.TrueForAll(wanted => ContainerFilter.FitsLabel(labels, wanted))
        && !_notLabels.Exists(wanted => ContainerFilter.FitsLabel(labels, wanted));
}
