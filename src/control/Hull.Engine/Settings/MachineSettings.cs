namespace Hull.Engine.Settings;

/// <summary>What is particular to a container in a machine of its own.</summary>
public sealed record MachineSettings
{
    /// <summary>The guest's kernel: a version or suite in Hull's cache, or an absolute path; null for the chosen one.</summary>
    public string? Kernel { get; init; }
}
