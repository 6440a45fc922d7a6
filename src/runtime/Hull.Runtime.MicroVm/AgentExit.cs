namespace Hull.Runtime.MicroVm;

/// <summary>How a process in a guest ended; as <see cref="ExitStatus"/>.</summary>
/// <param name="Code">Exit code.</param>
/// <param name="Signal">Signal, or 0.</param>
public sealed record AgentExit(int Code, int Signal);
