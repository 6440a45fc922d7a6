using Hull.Snapshot.Tar;

namespace Hull.Snapshot.Layers;

/// <summary>The chunks of a ring as blocks of an archive, without a copy.</summary>
internal sealed class ChunkBlockSource(ChunkRing ring, int consumer) : BlockSource
{
    private bool _held;

    /// <inheritdoc/>
    internal override ReadOnlyMemory<byte> Next()
    {
        ReadOnlyMemory<byte> chunk = ring.Take(consumer, _held);
        _held = !chunk.IsEmpty;
        return chunk;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        // The ring belongs to the pipeline.
    }
}
