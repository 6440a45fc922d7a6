using Hull.Engine.State;

namespace Hull.Engine.Spec;

/// <summary>What a specification is built from.</summary>
internal sealed record SpecContext
{
    internal required EnginePaths Paths { get; init; }

    internal required ContainerRow Row { get; init; }

    internal required RootFilesystem Root { get; init; }

    /// <summary>Mounts with their sources made and named by host path, those of other containers included.</summary>
    internal required IReadOnlyList<ResolvedMount> Mounts { get; init; }

    /// <summary>Finds the first process of another running container, for <c>container:NAME</c>.</summary>
    internal required Func<string, int> ProcessOf { get; init; }
}
