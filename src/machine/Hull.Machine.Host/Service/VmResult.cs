namespace Hull.Machine.Host.Service;

/// <summary>How a machine process ended, as it left it in its result file.</summary>
/// <param name="Ended">poweroff, reset, crash, stopped or failed.</param>
/// <param name="Message">Why it failed; null otherwise.</param>
/// <param name="Time">When.</param>
public sealed record VmResult(string Ended, string? Message, DateTimeOffset Time);
