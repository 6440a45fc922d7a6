using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Hull.Linux;

namespace Hull.Image;

/// <summary>Takes content into a store: hashes while it is written, and puts it under its digest when it is whole.</summary>
/// <remarks>
/// A write-only stream. The file is locked while this object lives, so the garbage collection can tell a transfer under
/// way from one whose process died. Not thread-safe.
/// </remarks>
[SuppressMessage("Naming", "CA1710", Justification = "It is a writer first; that it also is a stream serves compressors.")]
public sealed class BlobWriter : Stream
{
    private const int CopyBytes = 256 * 1024;

    private readonly ContentStore _store;
    private readonly FileStream _file;
    private readonly string _path;
    private readonly string _algorithm;
    private readonly IncrementalHash _hash;
    private readonly Digest? _expected;
    private long _length;
    private bool _done;

    private BlobWriter(ContentStore store, FileStream file, Digest? expected, string algorithm)
    {
        _store = store;
        _file = file;
        _path = file.Name;
        _expected = expected;
        _algorithm = algorithm;
        _hash = Hashing.Begin(_algorithm);
    }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => !_done;

    /// <summary>Bytes written so far, with those of earlier attempts.</summary>
    public override long Length => _length;

    /// <inheritdoc/>
    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    /// <summary>The file that is written, until the commit renames it.</summary>
    internal string Path => _path;

    internal static BlobWriter CreateNew(ContentStore store, string algorithm)
    {
        string path = System.IO.Path.Combine(store.IngestDirectory, "new-" + Guid.NewGuid().ToString("N"));
        try
        {
            FileStream file = OpenFile(path);
            if (FileLock.TryLock(file.SafeFileHandle, path) && IsStillAt(file, path))
            {
                return new BlobWriter(store, file, null, algorithm);
            }

            // A collection came between open and lock and took the file for an abandoned one.
            file.Dispose();
            return CreateNew(store, algorithm);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StoreErrors.Translate($"The image store '{store.Root}' cannot be written", error);
        }
    }

    internal static BlobWriter? TryResume(ContentStore store, Digest expected)
    {
        string path = System.IO.Path.Combine(store.IngestDirectory, $"{expected.Algorithm}-{expected.Hex}");
        try
        {
            FileStream file = OpenFile(path);
            if (!FileLock.TryLock(file.SafeFileHandle, path))
            {
                file.Dispose();
                return null;
            }

            // Between open and lock another writer may have committed or a collection deleted this very file.
            if (!IsStillAt(file, path))
            {
                file.Dispose();
                return null;
            }

            BlobWriter writer = new(store, file, expected, expected.Algorithm);
            writer.HashWhatIsThere();
            return writer;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StoreErrors.Translate($"The image store '{store.Root}' cannot be written", error);
        }
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            _file.Write(buffer);
        }
        catch (IOException error)
        {
            throw StoreErrors.Translate($"The image store '{_store.Root}' cannot be written", error);
        }

        _hash.AppendData(buffer);
        _length += buffer.Length;
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // Writing into the page cache does not wait; a thread switch would cost more than the copy.
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Drops all bytes and begins anew, when the sender turned out not to continue where it should.</summary>
    public void Restart()
    {
        _file.SetLength(0);
        _file.Position = 0;
        _length = 0;
        _ = _hash.GetHashAndReset();
    }

    /// <summary>Finishes: the content is in the store under its digest, and on disk, when this returns.</summary>
    /// <param name="expected">The digest it must have; null accepts any.</param>
    /// <param name="expectedSize">The length it must have; null accepts any.</param>
    /// <returns>The digest.</returns>
    /// <exception cref="HullException">
    /// The bytes are not those expected (the partial file is dropped), or the disk is full.
    /// </exception>
    public Digest Commit(Digest? expected = null, long? expectedSize = null) => Commit(expected, expectedSize, keepOpenOnMismatch: false);

    /// <summary>As <see cref="Commit(Digest?, long?)"/>; after a mismatch the caller may <see cref="Restart"/>.</summary>
    internal Digest Commit(Digest? expected, long? expectedSize, bool keepOpenOnMismatch)
    {
        ObjectDisposedException.ThrowIf(_done, this);
        Digest? wanted = expected ?? _expected;
        Digest digest = Hashing.Finish(_algorithm, _hash);
        if (Mismatch(wanted, digest, expectedSize) is { } problem)
        {
            if (!keepOpenOnMismatch)
            {
                Drop();
            }

            throw problem;
        }

        try
        {
            _file.Flush(flushToDisk: true);
            string target = _store.PathOf(digest);
            if (_algorithm != "sha256")
            {
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target) ?? _store.Root);
            }

            File.Move(_path, target, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StoreErrors.Translate($"The image store '{_store.Root}' cannot be written", error);
        }

        _done = true;
        _file.Dispose();
        return digest;
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        // Nothing is buffered here; commit brings the bytes to disk.
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_done)
        {
            if (_expected is null || _length == 0)
            {
                Drop();
            }

            _done = true;
            _file.Dispose();
        }

        if (disposing)
        {
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }

    // FileShare.ReadWrite keeps the runtime from taking its own lock; modes make finished content read-only for all.
    private static FileStream OpenFile(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.OpenOrCreate,
        Access = FileAccess.ReadWrite,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
    });

    // The kernel names the file behind a descriptor as it is now: elsewhere once renamed, with a suffix once deleted.
    private static bool IsStillAt(FileStream file, string path)
    {
        string link = $"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}";
        string? now = File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName;
        return now is not null
            && now.EndsWith($"/{ContentStore.IngestName}/{System.IO.Path.GetFileName(path)}", StringComparison.Ordinal);
    }

    private HullException? Mismatch(Digest? wanted, Digest got, long? wantedSize)
    {
        if (wantedSize is { } size && size != _length)
        {
            return new HullException(
                ErrorKind.DataLoss, $"The content '{wanted ?? got}' has {_length} bytes instead of {size}.");
        }

        return wanted is not null && wanted != got
            ? new HullException(ErrorKind.DataLoss, $"The content '{wanted}' is damaged: what came has the digest '{got}'.")
            : null;
    }

    private void Drop()
    {
        _done = true;
        File.Delete(_path);
        _file.Dispose();
    }

    private void HashWhatIsThere()
    {
        byte[] buffer = new byte[(int)Math.Min(CopyBytes, Math.Max(1, _file.Length))];
        int count;
        while ((count = _file.Read(buffer)) > 0)
        {
            _hash.AppendData(buffer.AsSpan(0, count));
            _length += count;
        }
    }
}
