using System.Globalization;

namespace Hull.Linux;

/// <summary>A signal number, 1 to 64. Source: signal(7), x86-64 and arm64.</summary>
public readonly record struct Signal(int Number)
{
    private const int Highest = 64;
    private const int FirstRealTime = 34;

    private static readonly string[] s_names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary>SIGKILL: ends the process, cannot be caught.</summary>
    public static Signal Kill => new(9);

    /// <summary>SIGTERM: asks the process to end.</summary>
    public static Signal Terminate => new(15);

    /// <summary>Reads <c>9</c>, <c>KILL</c>, <c>SIGKILL</c> or <c>RTMIN+3</c>, in either case.</summary>
    public static bool TryParse(string? text, out Signal signal)
    {
        signal = default;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            signal = new Signal(number);
            return number is >= 1 and <= Highest;
        }

        string name = text.ToUpperInvariant();
        name = name.StartsWith("SIG", StringComparison.Ordinal) ? name[3..] : name;
        int found = TryParseRealTime(name, out int realTime) ? realTime : name switch
        {
            "IOT" => 6,
            "CLD" => 17,
            "POLL" => 29,
            "" => -1,
            _ => Array.IndexOf(s_names, name),
        };
        signal = new Signal(found);
        return found is >= 1 and <= Highest;
    }

    /// <summary>The name with its prefix: <c>SIGTERM</c>, <c>SIGRTMIN+3</c>.</summary>
    public override string ToString() => Number > 0 && Number < s_names.Length ? "SIG" + s_names[Number]
        : Number == FirstRealTime ? "SIGRTMIN"
        : Number > FirstRealTime ? $"SIGRTMIN+{Number - FirstRealTime}"
        : Number.ToString(CultureInfo.InvariantCulture);

    private static bool TryParseRealTime(string name, out int number)
    {
        number = 0;
        bool low = name.StartsWith("RTMIN", StringComparison.Ordinal);
        if (!low && !name.StartsWith("RTMAX", StringComparison.Ordinal))
        {
            return false;
        }

        int offset = 0;
        bool plain = name.Length == "RTMIN".Length;
        if (!plain && !int.TryParse(name.AsSpan("RTMIN".Length), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out offset))
        {
            return false;
        }

        number = (low ? FirstRealTime : Highest) + offset;
        return number is >= FirstRealTime and <= Highest;
    }
}
