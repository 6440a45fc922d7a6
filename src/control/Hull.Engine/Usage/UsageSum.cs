namespace Hull.Engine.Usage;

/// <summary>What one kind of thing uses of the disk.</summary>
/// <param name="Kind">What it is, as tables show it.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Active">How many of them are in use.</param>
/// <param name="Bytes">Bytes of all.</param>
/// <param name="Reclaimable">Bytes that a prune would give back.</param>
public sealed record UsageSum(string Kind, int Count, int Active, long Bytes, long Reclaimable);
