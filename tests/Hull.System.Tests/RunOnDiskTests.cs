namespace Hull.System.Tests;

/// <summary><see cref="RunTests"/> once more, each container in a machine of its own whose root is a disk.</summary>
public sealed class RunOnDiskTests() : RunTests(HullHost.Machine, "block");
