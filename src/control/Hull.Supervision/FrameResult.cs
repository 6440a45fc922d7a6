namespace Hull.Supervision;

/// <summary>What <see cref="Frame.TryRead"/> found.</summary>
public enum FrameResult
{
    /// <summary>A whole frame.</summary>
    Complete,

    /// <summary>The beginning of one.</summary>
    Incomplete,

    /// <summary>Something that is no frame: end the connection.</summary>
    Broken,
}
