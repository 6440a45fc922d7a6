namespace Hull.Cli;

/// <summary>How a session is joined with a container.</summary>
/// <param name="Terminal">Whether the container has a terminal.</param>
/// <param name="Input">Whether standard input goes to it.</param>
/// <param name="ForwardSignals">Whether signals go to it.</param>
/// <param name="DetachKeys">The keys that leave without ending it.</param>
internal sealed record AttachOptions(bool Terminal, bool Input, bool ForwardSignals, DetachKeys DetachKeys);
