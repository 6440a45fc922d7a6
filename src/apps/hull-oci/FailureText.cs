using Hull.Linux;
using Hull.Runtime;
using Hull.Runtime.Container.Spawn;

namespace Hull.OciCli;

/// <summary>Failures as callers of runc know them: some read the words, all have seen the frame around them.</summary>
internal static class FailureText
{
    private const string Mount = "The mount ";

    /// <summary>The text for standard error and the log.</summary>
    /// <param name="error">What failed.</param>
    /// <param name="command">The command.</param>
    internal static string Of(HullException error, string command) => error switch
    {
        // What the program's own exec answered is said as a shell says it, and as runc's process says it: nothing before it.
        ProgramException { Message: var message } when message.StartsWith("exec ", StringComparison.Ordinal) => message,
        StepException step => Framed(step, command),
        _ => HelpText.Program + ": " + error.Message,
    };

    private static string Framed(StepException step, string command)
    {
        string who = command == "exec" ? "exec" : HelpText.Program + " " + command;
        string subject = step.Subject.StartsWith(Mount, StringComparison.Ordinal)
            ? "error mounting " + step.Subject[Mount.Length..]
            : LowerFirst(step.Subject);
        return $"{who} failed: unable to start container process: error during container init: {subject}: {step.Call}: {LowerFirst(LinuxException.TextOf(step.Error))}";
    }

    private static string LowerFirst(string text) => text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..];
}
