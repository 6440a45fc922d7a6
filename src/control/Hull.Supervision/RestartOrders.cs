namespace Hull.Supervision;

/// <summary>When a container that ended is started again.</summary>
public sealed record RestartOrders
{
    /// <summary>Which ends call for a restart.</summary>
    public RestartKind Kind { get; init; }

    /// <summary>For <see cref="RestartKind.OnFailure"/>, how often at most; 0 for no limit.</summary>
    public int MaximumRetries { get; init; }
}
