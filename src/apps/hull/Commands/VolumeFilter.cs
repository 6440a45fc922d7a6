using System.Text.RegularExpressions;
using Hull.Engine.State;

namespace Hull.Cli.Commands;

/// <summary>Docker's <c>--filter</c> for volumes: values of one key are alternatives, but for labels; different keys must all fit.</summary>
internal sealed class VolumeFilter
{
    private readonly List<IGrouping<string, string>> _wanted;

    private readonly List<Regex> _names;

    private VolumeFilter(IReadOnlyList<(string Key, string Value)> pairs)
    {
        _wanted = [.. pairs.GroupBy(pair => pair.Key, pair => pair.Value)];
        _names = [.. pairs.Where(pair => pair.Key == "name").Select(pair => ContainerFilter.ReadPattern(pair.Value))];
    }

    /// <summary>Reads the options.</summary>
    /// <exception cref="UsageException">One is no filter.</exception>
    internal static VolumeFilter Parse(IReadOnlyList<string> texts, bool forPrune)
    {
        string[] known = forPrune ? ["label", "label!"] : ["name", "label", "dangling", "driver"];
        List<(string, string)> pairs = [];
        foreach (string text in texts)
        {
            (string key, string value) = FilterText.Split(text, known);
            if (key == "dangling" && value is not ("true" or "1" or "false" or "0"))
            {
                throw new HullException(ErrorKind.InvalidArgument, $"'{value}' is neither true nor false: dangling needs one of them.");
            }

            pairs.Add((key, value));
        }

        return new VolumeFilter(pairs);
    }

    internal bool Fits(VolumeRow volume, bool used) => _wanted.TrueForAll(wanted => wanted.Key switch
    {
        "label" => wanted.All(value => ContainerFilter.FitsLabel(volume.Labels, value)),
        "label!" => !wanted.Any(value => ContainerFilter.FitsLabel(volume.Labels, value)),
        "name" => _names.Exists(pattern => ContainerFilter.Matches(pattern, volume.Name)),
        "dangling" => wanted.Any(value => used == value is "false" or "0"),
        _ => wanted.Any(value => value == "local"),
    });
}
