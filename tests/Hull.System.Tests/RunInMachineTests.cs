namespace Hull.System.Tests;

/// <summary><see cref="RunTests"/> once more, each container in a machine of its own.</summary>
public sealed class RunInMachineTests() : RunTests(HullHost.Machine);
