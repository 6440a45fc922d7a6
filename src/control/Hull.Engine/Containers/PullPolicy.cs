namespace Hull.Engine.Containers;

/// <summary>When an image is fetched from its registry before a container is made.</summary>
public enum PullPolicy
{
    /// <summary>When it is not here.</summary>
    Missing,

    /// <summary>Each time.</summary>
    Always,

    /// <summary>Never.</summary>
    Never,
}
