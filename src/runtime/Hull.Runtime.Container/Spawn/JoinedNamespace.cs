namespace Hull.Runtime.Container.Spawn;

/// <summary>A namespace to join.</summary>
/// <param name="Type">The specification's word: <c>network</c>.</param>
/// <param name="Flag">Its CLONE_NEW* flag.</param>
/// <param name="Descriptor">The open namespace file, in the parent.</param>
/// <param name="Path">Where it was opened, for messages.</param>
public sealed record JoinedNamespace(string Type, ulong Flag, int Descriptor, string Path)
{
    /// <summary>Whether it is the one this process is in: what is set in it is set for the host.</summary>
    public bool IsOwn { get; init; }
}
