using Hull.Engine.Settings;
using Hull.Runtime;

namespace Hull.Engine;

/// <summary>What an engine is made with; only programs name runtimes.</summary>
public sealed record EngineOptions
{
    /// <summary>Where things are kept.</summary>
    public required EnginePaths Paths { get; init; }

    /// <summary>The hulls there are, by the names of <c>--isolation</c>.</summary>
    public required IReadOnlyDictionary<string, IRuntime> Runtimes { get; init; }

    /// <summary>
    /// Sizes the machine of a container that runs in one, and makes the overlay of its root's disk when it has one and the
    /// file is not there; null when no hull needs machines.
    /// </summary>
    public Func<ContainerSettings, RootDisk?, MachineOrders>? Machines { get; init; }

    /// <summary>The supervisor program.</summary>
    public required string TaskProgram { get; init; }

    /// <summary>The command that removes a container whose identifier is appended; run by its supervisor.</summary>
    public required IReadOnlyList<string> RemoveCommand { get; init; }

    /// <summary>The wall clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
