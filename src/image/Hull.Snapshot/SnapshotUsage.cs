namespace Hull.Snapshot;

/// <summary>What a snapshot store holds.</summary>
/// <param name="Layers">Unpacked layers.</param>
/// <param name="LayerBytes">Bytes of the files in them.</param>
/// <param name="Containers">Prepared roots.</param>
public sealed record SnapshotUsage(int Layers, long LayerBytes, int Containers);
