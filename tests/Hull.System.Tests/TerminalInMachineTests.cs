namespace Hull.System.Tests;

/// <summary><see cref="TerminalTests"/> once more, each container in a machine of its own.</summary>
public sealed class TerminalInMachineTests() : TerminalTests(HullHost.Machine);
