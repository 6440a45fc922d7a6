using System.Globalization;

namespace Hull.Image;

/// <summary>Points in time as users write them: RFC 3339, seconds since 1970, or a duration back from now.</summary>
internal static class TimeText
{
    internal static bool TryParse(string text, DateTimeOffset now, out DateTimeOffset time)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        {
            time = DateTimeOffset.FromUnixTimeSeconds(seconds);
            return true;
        }

        if (TryDuration(text, out double ago))
        {
            // Longer ago than the calendar goes back is before everything.
            time = ago < (now - DateTimeOffset.MinValue).TotalMilliseconds ? now - TimeSpan.FromMilliseconds(ago) : DateTimeOffset.MinValue;
            return true;
        }

        return DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces, out time);
    }

    // Go's durations without fractions: 1h30m, 45s, 10ms.
    private static bool TryDuration(string text, out double milliseconds)
    {
        milliseconds = 0;
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits is <= 0 or > 9)
            {
                return false;
            }

            int letters = rest[digits..].IndexOfAnyInRange('0', '9');
            ReadOnlySpan<char> unit = letters < 0 ? rest[digits..] : rest[digits..(digits + letters)];
            double ms = unit switch
            {
                "h" => 3_600_000,
                "m" => 60_000,
                "s" => 1000,
                "ms" => 1,
                _ => 0,
            };
            if (ms == 0)
            {
                return false;
            }

            milliseconds += ms * int.Parse(rest[..digits], CultureInfo.InvariantCulture);
            rest = rest[(digits + unit.Length)..];
        }

        return text.Length > 0;
    }
}
