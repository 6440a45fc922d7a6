using System.Globalization;

namespace Hull.Cli;

/// <summary>Times the way Docker says them.</summary>
internal static class HumanText
{
    /// <summary>An amount of time: <c>Less than a second</c>, <c>About a minute</c>, <c>3 hours</c>.</summary>
    internal static string Duration(TimeSpan time)
    {
        double seconds = time.TotalSeconds;
        return seconds switch
        {
            < 1 => "Less than a second",
            < 2 => "1 second",
            < 60 => Count(seconds, "seconds"),
            < 120 => "About a minute",
            < 3600 => Count(time.TotalMinutes, "minutes"),
            < 7200 when Math.Round(time.TotalHours) == 1 => "About an hour",
            < 48 * 3600 => Count(Math.Round(time.TotalHours), "hours"),
            < 14 * 86400 => Count(time.TotalDays, "days"),
            < 60 * 86400 => Count(time.TotalDays / 7, "weeks"),
            < 730 * 86400d => Count(time.TotalDays / 30, "months"),
            _ => Count(time.TotalDays / 365, "years"),
        };
    }

    /// <summary>A moment in the past: <c>5 minutes ago</c>.</summary>
    internal static string Ago(DateTimeOffset? moment, DateTimeOffset now) => moment is { } past ? Duration(now - past) + " ago" : "N/A";

    /// <summary>Cuts a text to a length, with an ellipsis.</summary>
    internal static string Cut(string text, int length) => text.Length <= length ? text : string.Concat(text.AsSpan(0, length - 1), "…");

    private static string Count(double amount, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{(long)amount} {unit}");
}
