using Hull.Engine.Settings;
using Hull.Oci.Image;

namespace Hull.Engine.Containers;

/// <summary>Completes what the user asked for with what the image says.</summary>
internal static class ImageDefaults
{
    private const long NanosecondsPerMillisecond = 1_000_000;

    internal static ContainerSettings Complete(ContainerSettings settings, ImageConfig image)
    {
        ContainerConfig config = image.Config ?? new ContainerConfig();
        bool ownEntrypoint = settings.Entrypoint is not null;
        Dictionary<string, string> labels = new(config.Labels ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach ((string name, string value) in settings.Labels)
        {
            labels[name] = value;
        }

        return settings with
        {
            Environment = MergeEnvironment(config.Env ?? [], settings.Environment),
            Entrypoint = settings.Entrypoint ?? config.Entrypoint ?? [],
            // As Docker: an entry point of the user's drops the image's command.
            Command = settings.Command ?? (ownEntrypoint ? [] : config.Cmd ?? []),
            WorkingDirectory = Or(settings.WorkingDirectory, config.WorkingDir),
            User = Or(settings.User, config.User),
            StopSignal = Or(settings.StopSignal, config.StopSignal),
            StopTimeoutSeconds = settings.StopTimeoutSeconds ?? config.StopTimeout,
            Labels = labels,
            ExposedPorts = [.. (config.ExposedPorts?.Keys ?? []).Union(settings.ExposedPorts, StringComparer.Ordinal)],
            Health = MergeHealth(settings.Health, config.Healthcheck),
        };
    }

    internal static IReadOnlyList<string> MergeEnvironment(IReadOnlyList<string> image, IReadOnlyList<string> user)
    {
        List<string> merged = [.. image];
        foreach (string variable in user)
        {
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            string prefix = equals < 0 ? variable + "=" : variable[..(equals + 1)];
            merged.RemoveAll(one => one.StartsWith(prefix, StringComparison.Ordinal));
            if (equals >= 0)
            {
                merged.Add(variable);
            }
        }

        return merged;
    }

    private static HealthSettings? MergeHealth(HealthSettings? user, HealthcheckConfig? image)
    {
        if (user is null && image is null)
        {
            return null;
        }

        user ??= new HealthSettings();
        image ??= new HealthcheckConfig();
        return new HealthSettings
        {
            Test = user.Test ?? image.Test,
            IntervalMs = Or(user.IntervalMs, image.Interval),
            TimeoutMs = Or(user.TimeoutMs, image.Timeout),
            StartPeriodMs = Or(user.StartPeriodMs, image.StartPeriod),
            StartIntervalMs = Or(user.StartIntervalMs, image.StartInterval),
            Retries = user.Retries > 0 ? user.Retries : image.Retries,
        };
    }

    private static long Or(long milliseconds, long nanoseconds) =>
        milliseconds > 0 ? milliseconds : nanoseconds / NanosecondsPerMillisecond;

    private static string? Or(string? own, string? other) => string.IsNullOrEmpty(own) ? other : own;
}
