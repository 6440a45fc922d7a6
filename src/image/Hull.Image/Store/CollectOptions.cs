namespace Hull.Image;

/// <summary>What a garbage collection leaves alone beside what the roots reach.</summary>
public sealed record CollectOptions
{
    /// <summary>Content written or used within this time stays; zero by default, since leases protect work under way.</summary>
    public TimeSpan BlobGrace { get; init; } = TimeSpan.Zero;

    /// <summary>Broken-off transfers younger than this stay, so that the next attempt can go on; a day by default.</summary>
    public TimeSpan PartialGrace { get; init; } = TimeSpan.FromDays(1);
}
