using Hull.Engine.Settings;
using Hull.Supervision;

namespace Hull.Engine.Containers;

/// <summary>Turns a health check as Docker describes it into a supervisor's orders.</summary>
internal static class HealthOptions
{
    internal static HealthOrders? OrdersOf(HealthSettings? settings)
    {
        if (settings?.Test is not { Count: > 0 } test || test[0] == "NONE")
        {
            return null;
        }

        IReadOnlyList<string> command = test[0] switch
        {
            "CMD" => [.. test.Skip(1)],
            "CMD-SHELL" => ["/bin/sh", "-c", .. test.Skip(1)],
            _ => test,
        };
        HealthOrders defaults = new() { Command = command };
        return defaults with
        {
            IntervalMs = Or(settings.IntervalMs, defaults.IntervalMs),
            TimeoutMs = Or(settings.TimeoutMs, defaults.TimeoutMs),
            StartPeriodMs = settings.StartPeriodMs,
            StartIntervalMs = Or(settings.StartIntervalMs, defaults.StartIntervalMs),
            Retries = settings.Retries > 0 ? settings.Retries : defaults.Retries,
        };
    }

    private static long Or(long value, long fallback) => value > 0 ? value : fallback;
}
