namespace Hull.Cli;

/// <summary>How a session ended.</summary>
/// <param name="End">Why.</param>
/// <param name="ExitCode">The container's exit code when it ended.</param>
internal readonly record struct AttachResult(AttachEnd End, int ExitCode);
