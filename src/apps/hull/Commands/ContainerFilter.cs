using System.Globalization;
using System.Text.RegularExpressions;
using Hull.Engine.Containers;

namespace Hull.Cli.Commands;

/// <summary>Docker's <c>--filter</c> for containers: values of one key are alternatives, different keys must all fit.</summary>
internal sealed class ContainerFilter
{
    private static readonly string[] s_known = ["id", "name", "label", "status", "exited", "ancestor", "before", "since", "health", "volume", "network"];

    private static readonly TimeSpan s_matchLimit = TimeSpan.FromSeconds(1);

    private static readonly string[] s_states = ["created", "running", "paused", "restarting", "exited", "dead"];

    private readonly HashSet<string> _ancestors = new(StringComparer.Ordinal);
    private readonly List<Regex> _ids = [];
    private readonly List<Regex> _names = [];
    private readonly Dictionary<string, List<string>> _wanted = new(StringComparer.Ordinal);

    /// <summary>Whether it asks for a state, so that containers that do not run are meant too.</summary>
    internal bool NamesStates => _wanted.ContainsKey("status") || _wanted.ContainsKey("exited");

    internal static ContainerFilter Parse(IReadOnlyList<string> texts)
    {
        ContainerFilter filter = new();
        foreach (string text in texts)
        {
            (string key, string value) = FilterText.Split(text, s_known);
            if (key == "status" && !s_states.Contains(value))
            {
                throw new HullException(ErrorKind.InvalidArgument, $"'{value}' is not a state: use {string.Join(", ", s_states)}.");
            }

            if (key is "name" or "id")
            {
                (key == "name" ? filter._names : filter._ids).Add(ReadPattern(value));
            }

            if (!filter._wanted.TryGetValue(key, out List<string>? values))
            {
                filter._wanted[key] = values = [];
            }

            values.Add(value);
        }

        return filter;
    }

    /// <summary>The containers that fit.</summary>
    /// <param name="all">Every container there is, newest first.</param>
    /// <param name="descendants">Gives the ids of an image and of those made from it, by what the user typed.</param>
    /// <exception cref="HullException">A filter names a container that is not there.</exception>
    internal IEnumerable<ContainerView> Select(IReadOnlyList<ContainerView> all, Func<string, IReadOnlySet<string>> descendants)
    {
        _ancestors.UnionWith(_wanted.GetValueOrDefault("ancestor", []).SelectMany(descendants));
        DateTimeOffset before = Bound(all, "before", DateTimeOffset.MaxValue, Enumerable.Min);
        DateTimeOffset since = Bound(all, "since", DateTimeOffset.MinValue, Enumerable.Max);
        return all.Where(view => view.Row.Created < before && view.Row.Created > since && Fits(view));
    }

    private DateTimeOffset Bound(
        IReadOnlyList<ContainerView> all, string key, DateTimeOffset none, Func<IEnumerable<DateTimeOffset>, DateTimeOffset> combine)
    {
        List<string> names = _wanted.GetValueOrDefault(key, []);
        return names.Count == 0 ? none : combine(names.Select(name =>
            all.FirstOrDefault(view => view.Row.Name == name || view.Row.Id.StartsWith(name, StringComparison.Ordinal))?.Row.Created
            ?? throw new HullException(ErrorKind.NotFound, $"There is no container '{name}'.")));
    }

    private bool Fits(ContainerView view) => _wanted.All(wanted => wanted.Key switch
    {
        "label" => wanted.Value.TrueForAll(value => FitsLabel(view.Row.Settings.Labels, value)),
        "name" => _names.Exists(pattern => FitsName(view.Row.Name, pattern)),
        "id" => _ids.Exists(pattern => Matches(pattern, view.Row.Id)),
        "ancestor" => _ancestors.Contains(view.Row.ImageId) || wanted.Value.Contains(view.Row.Image),
        _ => wanted.Value.Exists(value => FitsOne(view, wanted.Key, value)),
    });

    internal static bool FitsLabel(IReadOnlyDictionary<string, string> labels, string wanted)
    {
        int equals = wanted.IndexOf('=', StringComparison.Ordinal);
        return equals < 0
            ? labels.ContainsKey(wanted)
            : labels.TryGetValue(wanted[..equals], out string? value) && value == wanted[(equals + 1)..];
    }

    private static bool FitsOne(ContainerView view, string key, string value) => key switch
    {
        "before" or "since" => true, // Select has looked at them.
        "network" => view.Row.Settings.Namespaces.Network == value,
        "status" => string.Equals(view.Record.State.ToString(), value, StringComparison.OrdinalIgnoreCase),
        "exited" => view.Record.State == Supervision.TaskState.Exited
            && view.Record.ExitCode.ToString(CultureInfo.InvariantCulture) == value,
        "health" => (view.Record.Health?.Status ?? "none") == value,
        "volume" => view.Row.Settings.Mounts.Any(mount => mount.Source == value || mount.Target == value),
        _ => false,
    };

    // Docker's names begin with a slash; its patterns may, too.
    private static bool FitsName(string name, Regex pattern) => Matches(pattern, name) || Matches(pattern, "/" + name);

    internal static bool Matches(Regex pattern, string text)
    {
        try
        {
            return pattern.IsMatch(text);
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The regular expression '{pattern}' takes too long: make it simpler.", error);
        }
    }

    internal static Regex ReadPattern(string text)
    {
        try
        {
            return new Regex(text, RegexOptions.CultureInvariant, s_matchLimit);
        }
        catch (ArgumentException error)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"'{text}' is not a regular expression.", error);
        }
    }
}
