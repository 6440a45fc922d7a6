using System.Globalization;

namespace Hull.Runtime.Container.Systemd;

/// <summary>Properties of the unit that the annotations <c>org.systemd.property.NAME</c> ask for.</summary>
/// <remarks>
/// Source: systemd.unit(5); GVariant text format. Of the format texts, switches, numbers with and without their type, and
/// arrays of texts are read. <c>TimeoutStopSec</c> and the like become microseconds, as in runc.
/// </remarks>
public static class AnnotationProperties
{
    private const string Prefix = "org.systemd.property.";
    private const string Seconds = "Sec";
    private const double UsecPerSecond = 1_000_000;

    /// <summary>Reads them.</summary>
    /// <exception cref="HullException">A name or value is malformed.</exception>
    public static UnitProperties Of(IReadOnlyDictionary<string, string>? annotations)
    {
        UnitProperties properties = new();
        foreach ((string key, string value) in annotations ?? new Dictionary<string, string>())
        {
            if (key.StartsWith(Prefix, StringComparison.Ordinal))
            {
                Add(properties, key[Prefix.Length..], value.Trim(), key);
            }
        }

        return properties;
    }

    private static void Add(UnitProperties properties, string name, string value, string key)
    {
        if (name.Length < 3 || !name.All(char.IsAsciiLetterOrDigit))
        {
            throw Invalid(key, value);
        }

        if (name.EndsWith(Seconds, StringComparison.Ordinal) && TryNumber(value, out double seconds) && seconds >= 0)
        {
            properties.Add(name[..^Seconds.Length] + "USec", (ulong)Math.Min(seconds * UsecPerSecond, long.MaxValue));
        }
        else if (value is "true" or "false")
        {
            properties.Add(name, value == "true");
        }
        else if (TryText(value, out string text))
        {
            properties.Add(name, text);
        }
        else if (value is ['[', .. string inside, ']'] && inside.Split(',', StringSplitOptions.TrimEntries) is { } parts
            && parts.All(part => TryText(part, out _)))
        {
            properties.Add(name, [.. parts.Select(part => part[1..^1])]);
        }
        else if (value.StartsWith("uint64 ", StringComparison.Ordinal) && ulong.TryParse(value.AsSpan(7), CultureInfo.InvariantCulture, out ulong wide))
        {
            properties.Add(name, wide);
        }
        else if (value.StartsWith("uint32 ", StringComparison.Ordinal) && uint.TryParse(value.AsSpan(7), CultureInfo.InvariantCulture, out uint narrow))
        {
            properties.AddUInt32(name, narrow);
        }
        else if (int.TryParse(value, CultureInfo.InvariantCulture, out int number))
        {
            properties.AddInt32(name, number);
        }
        else
        {
            throw Invalid(key, value);
        }
    }

    private static bool TryNumber(string value, out double number) => double.TryParse(
        value.StartsWith("uint64 ", StringComparison.Ordinal) ? value[7..] : value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);

    private static bool TryText(string value, out string text)
    {
        bool quoted = value.Length >= 2 && value[0] is '\'' or '"' && value[^1] == value[0] && value.AsSpan(1, value.Length - 2).IndexOfAny(value[0], '\\') < 0;
        text = quoted ? value[1..^1] : "";
        return quoted;
    }

    private static HullException Invalid(string key, string value) => new(
        ErrorKind.InvalidArgument, $"The annotation '{key}' has an invalid name or value: '{value}'.");
}
