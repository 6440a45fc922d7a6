namespace Hull.System.Tests;

/// <summary><see cref="LifeTests"/> once more, each container in a machine of its own.</summary>
public sealed class LifeInMachineTests() : LifeTests(HullHost.Machine);
