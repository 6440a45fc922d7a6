using System.Security.Cryptography;
using Hull.Linux;
using Hull.Snapshot.Compression;
using Hull.Snapshot.Tar;

namespace Hull.Snapshot.Layers;

/// <summary>Unpacks a layer into a directory the way overlay wants it, and verifies its digests on the way.</summary>
/// <remarks>
/// Three threads share the work: one reads and decompresses, one hashes, one writes files. Whatever the archive says,
/// nothing outside the directory is touched. When it fails, what was written so far stays: the directory is the caller's
/// staging area.
/// </remarks>
public static class LayerUnpacker
{
    private const int Hasher = 0;
    private const int Writer = 1;
    private const int Consumers = 2;
    private const int WriterStackBytes = 4 * 1024 * 1024;

    /// <summary>Unpacks one layer.</summary>
    /// <param name="packed">gzip, zstd or plain tar; read to its end, not disposed.</param>
    /// <param name="directory">An existing empty directory that only this process writes to.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Stops between two chunks.</param>
    /// <exception cref="HullException">The archive is damaged, hostile or above a limit, a digest is wrong, or the disk failed.</exception>
    public static async Task<UnpackResult> UnpackAsync(
        Stream packed, string directory, UnpackOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(packed);
        ArgumentNullException.ThrowIfNull(options);
        cancellation.ThrowIfCancellationRequested();
        using FileDescriptor root = FileTree.OpenRoot(directory);
        using ChunkRing ring = new(Consumers);
        using LayerWriter writer = new(root, options);
        string diffHex = "";
        long bytes = 0;
        string? diffAlgorithm = options.DiffId?.Algorithm;

        Task decompress = RunThread(ring, "hull-inflate", () => Decompress(packed, ring, options, cancellation));
        Task hash = RunThread(ring, "hull-hash", () => (diffHex, bytes) = Hash(ring, NameOf(diffAlgorithm)));
        Task write = RunThread(ring, "hull-write", () =>
        {
            using TarReader reader = new(new ChunkBlockSource(ring, Writer), options.Limits);
            writer.WriteAll(reader);
        });
        await Task.WhenAll(decompress, hash, write);
        ThrowIfFailed(ring);

        var diffId = Digest.Parse($"{diffAlgorithm ?? "sha256"}:{diffHex}");
        if (options.DiffId is Digest expected && expected != diffId)
        {
            throw new HullException(
                ErrorKind.DataLoss, $"The layer's content has the digest '{diffId}' instead of '{expected}'.");
        }

        return new UnpackResult
        {
            DiffId = diffId,
            ArchiveBytes = bytes,
            ContentBytes = writer.ContentBytes,
            Entries = writer.Entries,
            Skipped = writer.Skipped,
        };
    }

    private static void Decompress(Stream packed, ChunkRing ring, UnpackOptions options, CancellationToken cancellation)
    {
        // Not disposed through the chain: the packed stream belongs to the caller.
        HashingReadStream counted = new(packed, options.BlobDigest is Digest d ? NameOf(d.Algorithm) : null);
        Stream plain = Decompression.Open(counted, out _);
        while (ring.BeginFill() is byte[] buffer)
        {
            cancellation.ThrowIfCancellationRequested();
            Span<byte> chunk = buffer.AsSpan(0, ChunkRing.ChunkBytes);
            int length = plain.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false);
            options.Progress?.Report(counted.Count);
            if (length < chunk.Length)
            {
                // Before the consumers see the end, so that a wrong digest fails the writer too.
                VerifyBlob(counted, options.BlobDigest);
                ring.EndFill(length);
                return;
            }

            ring.EndFill(length);
        }
    }

    private static void VerifyBlob(HashingReadStream counted, Digest? expected)
    {
        string hex = counted.FinishHex();
        if (expected is Digest digest && digest.Hex != hex)
        {
            throw new HullException(
                ErrorKind.DataLoss, $"The layer has the digest '{digest.Algorithm}:{hex}' instead of '{digest}'.");
        }
    }

    private static (string Hex, long Bytes) Hash(ChunkRing ring, HashAlgorithmName algorithm)
    {
        using var hash = IncrementalHash.CreateHash(algorithm);
        long bytes = 0;
        bool held = false;
        while (true)
        {
            ReadOnlyMemory<byte> chunk = ring.Take(Hasher, held);
            if (chunk.IsEmpty)
            {
                return (Convert.ToHexStringLower(hash.GetHashAndReset()), bytes);
            }

            hash.AppendData(chunk.Span);
            bytes += chunk.Length;
            held = true;
        }
    }

    // Threads of their own, not the pool's: each blocks for the whole layer, and the writer changes its mode mask.
    private static Task RunThread(ChunkRing ring, string name, Action work)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(
            () =>
            {
                try
                {
                    work();
                }
                catch (Exception error)
                {
                    ring.Fail(error);
                }

                done.SetResult();
            },
            WriterStackBytes)
        {
            Name = name,
            IsBackground = true,
        };
        thread.Start();
        return done.Task;
    }

    private static void ThrowIfFailed(ChunkRing ring)
    {
        switch (ring.Failure)
        {
            case null:
                return;
            case HullException or OperationCanceledException:
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(ring.Failure);
                return;
            case IOException broken:
                throw new HullException(ErrorKind.Internal, "The layer cannot be read.", broken);
            default:
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(ring.Failure);
                return;
        }
    }

    private static HashAlgorithmName NameOf(string? algorithm) =>
        algorithm == "sha512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256;
}
