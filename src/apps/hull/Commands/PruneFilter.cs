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
            (string key, string value) = FilterText.Split(text, "until", "label", "label!");
            switch (key)
            {
                case "until":
                    _until = LogsCommand.ReadMoment(value, now);
                    break;
                case "label":
                    _labels.Add(value);
                    break;
                default:
                    _notLabels.Add(value);
                    break;
            }
        }
    }

    internal bool Fits(ContainerView view) => view.Row.Created < _until && FitsLabels(view.Row.Settings.Labels);

    internal bool FitsLabels(IReadOnlyDictionary<string, string> labels) =>
        _labels.TrueForAll(wanted => ContainerFilter.FitsLabel(labels, wanted))
        && !_notLabels.Exists(wanted => ContainerFilter.FitsLabel(labels, wanted));
}
