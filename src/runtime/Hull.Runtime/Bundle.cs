using Hull.Oci.Runtime;

namespace Hull.Runtime;

/// <summary>Everything a runtime needs to make a task; the same value for containers and microVMs (seam 1).</summary>
public sealed record Bundle
{
    /// <summary>Names the task in its runtime; unique among the runtime's tasks.</summary>
    public required ContainerId Id { get; init; }

    /// <summary>The bundle's directory; absolute. Relative paths in <see cref="Spec"/> start here.</summary>
    public required string Directory { get; init; }

    /// <summary>What to run and how to contain it.</summary>
    public required RuntimeSpec Spec { get; init; }

    /// <summary>Where the root comes from; takes the place of <c>root.path</c>.</summary>
    public required RootFilesystem Root { get; init; }

    /// <summary>The process's standard streams.</summary>
    public required TaskStreams Streams { get; init; }

    /// <summary>The machine to run it in; null for runtimes that need none.</summary>
    public MachineOrders? Machine { get; init; }
}
