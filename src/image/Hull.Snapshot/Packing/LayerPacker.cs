using System.IO.Compression;
using System.Security.Cryptography;
using Hull.Image;
using Hull.Linux;
using Hull.Oci.Image;
using Hull.Snapshot.Compression;

namespace Hull.Snapshot.Packing;

/// <summary>Writes archives into a content store as layers, hashed before and after compression.</summary>
/// <remarks>
/// The same archive gives the same layer: gzip headers carry neither time nor name, and Zstandard frames have none. Across
/// versions of the libraries the compressed bytes may differ; the diff id never does.
/// </remarks>
public static class LayerPacker
{
    /// <summary>Packs what a writer produces.</summary>
    /// <param name="store">Where to.</param>
    /// <param name="lease">Keeps the layer from being collected before an image names it.</param>
    /// <param name="kind">How to compress.</param>
    /// <param name="write">Writes the whole archive.</param>
    /// <exception cref="HullException">The store cannot be written.</exception>
    public static PackedLayer Pack(ContentStore store, ContentLease lease, CompressionKind kind, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentNullException.ThrowIfNull(write);
        using BlobWriter blob = store.BeginIngest();
        using HashingWriteStream hashed = new(Compressor(blob, kind));
        write(hashed);
        Digest diffId = hashed.Finish();
        long size = blob.Length;
        Digest digest = blob.Commit();
        lease.Protect(digest);
        return new PackedLayer(
            new Descriptor { MediaType = MediaTypeOf(kind), Digest = digest, Size = size }, diffId, hashed.Count);
    }

    /// <summary>The media type of a layer compressed like this.</summary>
    public static string MediaTypeOf(CompressionKind kind) => kind switch
    {
        CompressionKind.Gzip => MediaTypes.LayerGzip,
        CompressionKind.Zstd => MediaTypes.LayerZstd,
        _ => MediaTypes.Layer,
    };

    /// <summary>A stream that compresses into another one, which stays open.</summary>
    internal static Stream Compressor(Stream target, CompressionKind kind) => kind switch
    {
        CompressionKind.Gzip => new GZipStream(target, CompressionLevel.Optimal, leaveOpen: true),
        CompressionKind.Zstd => new ZstdWriteStream(target, ZstdEncoder.DefaultLevel),
        _ => new PassingWriteStream(target),
    };

    private sealed class PassingWriteStream(Stream target) : WriteOnlyStream
    {
        /// <inheritdoc/>
        public override void Write(ReadOnlySpan<byte> buffer) => target.Write(buffer);
    }

    private sealed class HashingWriteStream(Stream compressor) : WriteOnlyStream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        internal long Count { get; private set; }

        /// <inheritdoc/>
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _hash.AppendData(buffer);
            Count += buffer.Length;
            compressor.Write(buffer);
        }

        internal Digest Finish()
        {
            compressor.Dispose();
            return Digest.FromSha256(_hash.GetHashAndReset());
        }

        /// <inheritdoc/>
        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                compressor.Dispose();
                _hash.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
