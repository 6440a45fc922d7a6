namespace Hull.Engine.State;

/// <summary>A volume as the database knows it.</summary>
public sealed record VolumeRow
{
    /// <summary>Its name, unique.</summary>
    public required string Name { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Whether a container made it without a name.</summary>
    public bool IsAnonymous { get; init; }

    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}
