namespace Hull.Engine.Logs;

/// <summary>One entry of a container's log.</summary>
/// <param name="Text">What was printed, with its newline where there was one.</param>
/// <param name="IsError">Whether on standard error.</param>
/// <param name="Time">When, as the log has it.</param>
public sealed record LogEntry(string Text, bool IsError, DateTimeOffset Time);
