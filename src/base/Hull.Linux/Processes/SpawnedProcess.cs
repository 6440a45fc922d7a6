namespace Hull.Linux;

/// <summary>A process that a <see cref="SpawnImage"/> just became.</summary>
/// <param name="ProcessId">Its process id as the caller sees it.</param>
/// <param name="PidFd">Its pidfd; readable once the process ended. The caller owns it.</param>
public sealed record SpawnedProcess(int ProcessId, FileDescriptor PidFd);
