using System.Globalization;
using Hull.Engine.Containers;

namespace Hull.Cli.Commands;

/// <summary>Docker's <c>--filter</c> for containers: values of one key are alternatives, different keys must all fit.</summary>
internal sealed class ContainerFilter
{
    private static readonly string[] s_known = ["id", "name", "label", "status", "exited", "ancestor", "health", "volume"];

    private readonly Dictionary<string, List<string>> _wanted = new(StringComparer.Ordinal);

    /// <summary>Whether it asks for a state, so that containers that do not run are meant too.</summary>
    internal bool NamesStates => _wanted.ContainsKey("status") || _wanted.ContainsKey("exited");

    internal static ContainerFilter Parse(IReadOnlyList<string> texts)
    {
        ContainerFilter filter = new();
        foreach (string text in texts)
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? text : text[..equals];
            if (equals < 0 || !s_known.Contains(key))
            {
                throw new UsageException($"'{text}' is not a filter: use NAME=VALUE with {string.Join(", ", s_known)}.");
            }

            if (!filter._wanted.TryGetValue(key, out List<string>? values))
            {
                filter._wanted[key] = values = [];
            }

            values.Add(text[(equals + 1)..]);
        }

        return filter;
    }

    internal bool Fits(ContainerView view) => _wanted.All(wanted => wanted.Key == "label"
        ? wanted.Value.TrueForAll(value => FitsLabel(view.Row.Settings.Labels, value))
        : wanted.Value.Exists(value => FitsOne(view, wanted.Key, value)));

    internal static bool FitsLabel(IReadOnlyDictionary<string, string> labels, string wanted)
    {
        int equals = wanted.IndexOf('=', StringComparison.Ordinal);
        return equals < 0
            ? labels.ContainsKey(wanted)
            : labels.TryGetValue(wanted[..equals], out string? value) && value == wanted[(equals + 1)..];
    }

    private static bool FitsOne(ContainerView view, string key, string value) => key switch
    {
        "id" => view.Row.Id.StartsWith(value, StringComparison.Ordinal),
        "name" => view.Row.Name.Contains(value.Trim('^', '$', '/'), StringComparison.Ordinal),
        "status" => string.Equals(view.Record.State.ToString(), value, StringComparison.OrdinalIgnoreCase),
        "exited" => view.Record.State == Supervision.TaskState.Exited
            && view.Record.ExitCode.ToString(CultureInfo.InvariantCulture) == value,
        "ancestor" => view.Row.Image == value || view.Row.ImageId.Contains(value, StringComparison.Ordinal)
            || view.Row.Image.StartsWith(value + ":", StringComparison.Ordinal),
        "health" => (view.Record.Health?.Status ?? "none") == value,
        "volume" => view.Row.Settings.Mounts.Any(mount => mount.Source == value || mount.Target == value),
        _ => false,
    };
}
