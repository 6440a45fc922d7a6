using Hull.Engine.State;

namespace Hull.Cli.Commands;

/// <summary>Docker's <c>--filter</c> for volumes: values of one key are alternatives, but for labels; different keys must all fit.</summary>
internal sealed class VolumeFilter
{
    private readonly List<IGrouping<string, string>> _wanted;

    private VolumeFilter(IEnumerable<(string Key, string Value)> pairs) =>
        _wanted = [.. pairs.GroupBy(pair => pair.Key, pair => pair.Value)];

    /// <summary>Reads the options.</summary>
    /// <exception cref="UsageException">One is no filter.</exception>
    internal static VolumeFilter Parse(IReadOnlyList<string> texts, bool forPrune)
    {
        string[] known = forPrune ? ["label", "label!"] : ["name", "label", "dangling", "driver"];
        List<(string, string)> pairs = [];
        foreach (string text in texts)
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || !known.Contains(text[..equals]))
            {
                throw new UsageException($"'{text}' is not a filter: use NAME=VALUE with {string.Join(", ", known)}.");
            }

            pairs.Add((text[..equals], text[(equals + 1)..]));
        }

        return new VolumeFilter(pairs);
    }

    internal bool Fits(VolumeRow volume, bool used) => _wanted.TrueForAll(wanted => wanted.Key switch
    {
        "label" => wanted.All(value => ContainerFilter.FitsLabel(volume.Labels, value)),
        "label!" => !wanted.Any(value => ContainerFilter.FitsLabel(volume.Labels, value)),
        "name" => wanted.Any(value => volume.Name.Contains(value, StringComparison.Ordinal)),
        "dangling" => wanted.Any(value => used == value is "false" or "0"),
        _ => wanted.Any(value => value == "local"),
    });
}
