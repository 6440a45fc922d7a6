namespace Hull;

/// <summary>What a program says when something happened that nobody foresaw: a defect, or a host that lacks what every program needs.</summary>
public static class LastResort
{
    /// <summary>The exit code of a program that failed in this way, as Docker's when it fails itself.</summary>
    public const int ExitCode = 125;

    /// <summary>Set to anything but 0, it shows where the program was.</summary>
    public const string DebugVariable = "HULL_DEBUG";

    /// <summary>Whether details were asked for.</summary>
    public static bool IsDebug { get; set; } = Environment.GetEnvironmentVariable(DebugVariable) is { Length: > 0 } and not "0";

    /// <summary>One sentence that names what happened and what to do; with <see cref="IsDebug"/> also where.</summary>
    public static string Describe(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        Exception cause = error;
        while (cause is TypeInitializationException or AggregateException && cause.InnerException is { } inner)
        {
            cause = inner;
        }

        string sentence = cause switch
        {
            HullException known => known.Message,
            OutOfMemoryException => "There is not enough memory for this.",
            DllNotFoundException => $"A library that belongs beside the program, in '{AppContext.BaseDirectory}', cannot be loaded: install Hull again.",
            _ => $"Hull has a defect ({cause.GetType().Name}: {OneLine(cause.Message)}): report it with what you did, 'hull version' and what {DebugVariable}=1 shows.",
        };
        return IsDebug ? $"{sentence}\n{error}" : sentence;
    }

    /// <summary>Ends the program with a sentence and <see cref="ExitCode"/> when any thread throws what nobody catches.</summary>
    /// <param name="tell">Writes the sentence where its reader looks.</param>
    public static void Watch(Action<string> tell)
    {
        ArgumentNullException.ThrowIfNull(tell);
        AppDomain.CurrentDomain.UnhandledException += (_, unhandled) =>
        {
            if (unhandled.ExceptionObject is Exception error)
            {
                tell(Describe(error));
                Environment.Exit(ExitCode);
            }
        };
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").TrimEnd('.', ' ');
}
