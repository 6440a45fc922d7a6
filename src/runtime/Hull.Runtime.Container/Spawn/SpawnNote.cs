namespace Hull.Runtime.Container.Spawn;

/// <summary>What a new process tells about itself when its steps are logged.</summary>
public enum SpawnNote
{
    /// <summary>It executes the plan.</summary>
    Begun = 1,

    /// <summary>It may run on these of the first 64 processors: a mask.</summary>
    Processors = 2,

    /// <summary>It is in its namespaces.</summary>
    Inside = 3,
}
