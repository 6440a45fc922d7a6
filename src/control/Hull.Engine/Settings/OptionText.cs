using System.Globalization;
using Hull.Oci.Runtime;

namespace Hull.Engine.Settings;

/// <summary>Reads the small languages of Docker's options: processors, times, limits, devices.</summary>
public static class OptionText
{
    private const decimal NanosecondsPerCpu = 1_000_000_000m;

    private static readonly HashSet<string> s_ulimits = new(StringComparer.Ordinal)
    {
        "as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio",
        "rttime", "sigpending", "stack",
    };

    /// <summary>Reads a number of processors such as <c>0.25</c> into billionths.</summary>
    /// <exception cref="HullException">The text is not a positive number, or more than the host has.</exception>
    public static long ParseCpus(string text)
    {
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal cpus) || cpus < 0)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"'{text}' is not a number of CPUs such as '0.25' or '2'.");
        }

        return cpus <= Environment.ProcessorCount && (cpus == 0 || cpus * 100 >= 1)
            ? (long)(cpus * NanosecondsPerCpu)
            : throw new HullException(
                ErrorKind.InvalidArgument,
                $"The number of CPUs '{text}' is out of range: this host has {Environment.ProcessorCount}, and the least is 0.01.");
    }

    /// <summary>Reads Go's spelling of a time, such as <c>1m30s</c> or <c>500ms</c>, into milliseconds.</summary>
    /// <exception cref="HullException">The text is not a time, or negative.</exception>
    public static long ParseDurationMs(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "0")
        {
            return 0;
        }

        decimal total = 0;
        int at = 0;
        while (at < text.Length)
        {
            int begin = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.'))
            {
                at++;
            }

            int unit = at;
            while (at < text.Length && char.IsAsciiLetter(text[at]))
            {
                at++;
            }

            if (!decimal.TryParse(text.AsSpan(begin, unit - begin), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value)
                || UnitMs(text[unit..at]) is not { } scale || value > 1_000_000_000)
            {
                throw BadDuration(text);
            }

            total += value * scale;
        }

        return at > 0 ? (long)total : throw BadDuration(text);
    }

    /// <summary>Reads a time that may also be a plain number of seconds.</summary>
    /// <exception cref="HullException">The text is neither.</exception>
    public static int ParseSeconds(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int seconds) && seconds >= -1
            ? seconds
            : throw new HullException(ErrorKind.InvalidArgument, $"'{text}' is not a number of seconds.");

    /// <summary>Reads <c>NAME=SOFT[:HARD]</c>.</summary>
    /// <exception cref="HullException">The text is no such limit.</exception>
    public static RlimitSpec ParseUlimit(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? text : text[..equals];
        string[] values = equals < 0 ? [] : text[(equals + 1)..].Split(':');
        if (!s_ulimits.Contains(name) || values.Length is 0 or > 2
            || !TryLimit(values[0], out ulong soft) || !TryLimit(values[^1], out ulong hard))
        {
            throw new HullException(
                ErrorKind.InvalidArgument, $"'{text}' is not a limit such as 'nofile=1024:2048': NAME=SOFT[:HARD], -1 for no limit.");
        }

        return soft <= hard
            ? new RlimitSpec { Type = "RLIMIT_" + name.ToUpperInvariant(), Soft = soft, Hard = hard }
            : throw new HullException(ErrorKind.InvalidArgument, $"The limit '{text}' is not valid: its soft value is above the hard one.");
    }

    /// <summary>Reads a restart policy: <c>no</c>, <c>on-failure[:N]</c>, <c>always</c>, <c>unless-stopped</c>.</summary>
    /// <exception cref="HullException">The text is no policy.</exception>
    public static Supervision.RestartOrders ParseRestart(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string name = colon < 0 ? text : text[..colon];
        Supervision.RestartKind? kind = name switch
        {
            "no" or "" => Supervision.RestartKind.No,
            "on-failure" => Supervision.RestartKind.OnFailure,
            "always" => Supervision.RestartKind.Always,
            "unless-stopped" => Supervision.RestartKind.UnlessStopped,
            _ => null,
        };
        int retries = 0;
        bool counted = colon < 0 || (kind == Supervision.RestartKind.OnFailure
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out retries));
        return kind is { } found && counted
            ? new Supervision.RestartOrders { Kind = found, MaximumRetries = retries }
            : throw new HullException(
                ErrorKind.InvalidArgument, $"'{text}' is not a restart policy: use no, on-failure[:N], always or unless-stopped.");
    }

    /// <summary>Reads <c>PORT[/tcp|udp|sctp]</c> or <c>FIRST-LAST[/…]</c> into single ports such as <c>80/tcp</c>.</summary>
    /// <exception cref="HullException">The text is no port.</exception>
    public static IEnumerable<string> ParsePorts(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('/');
        string[] range = parts[0].Split('-');
        string protocol = parts.Length == 2 ? parts[1].ToLowerInvariant() : "tcp";
        if (parts.Length > 2 || range.Length > 2 || protocol is not ("tcp" or "udp" or "sctp")
            || !TryPort(range[0], out int first) || !TryPort(range[^1], out int last) || last < first)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"'{text}' is not a port such as '80', '53/udp' or '8000-8010'.");
        }

        return Enumerable.Range(first, last - first + 1).Select(port => string.Create(CultureInfo.InvariantCulture, $"{port}/{protocol}"));
    }

    private static bool TryPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue;

    private static bool TryLimit(string text, out ulong value)
    {
        if (text is "-1" or "unlimited")
        {
            value = ulong.MaxValue;
            return true;
        }

        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    private static decimal? UnitMs(string unit) => unit switch
    {
        "ns" => 0.000001m,
        "us" or "µs" => 0.001m,
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => null,
    };

    private static HullException BadDuration(string text) =>
        new(ErrorKind.InvalidArgument, $"'{text}' is not a time such as '30s', '1m30s' or '500ms'.");
}
