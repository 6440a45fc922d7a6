using System.Text;
using Hull.Linux;

namespace Hull.Image;

/// <summary>Keeps the garbage collection away from content that a running process needs but no name holds yet.</summary>
/// <remarks>
/// A locked file lists the digests. The lock ends with the process, so nothing stays protected by the dead. Thread-safe.
/// </remarks>
public sealed class ContentLease : IDisposable
{
    private readonly ContentStore _store;
    private readonly FileStream _file;
    private readonly Lock _gate = new();

    internal ContentLease(ContentStore store)
    {
        _store = store;
        string path = Path.Combine(store.LeaseDirectory, Guid.NewGuid().ToString("N"));
        try
        {
            // Under the collector's lock: it never sees the file before it is locked.
            using var guard = FileLock.Shared(store.CollectLockPath);
            _file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
            });
            FileLock.TryLock(_file.SafeFileHandle, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StoreErrors.Translate($"The image store '{store.Root}' cannot be written", error);
        }
    }

    /// <summary>Protects content, which need not be there yet; what a protected manifest names is protected with it.</summary>
    /// <returns>Whether the content is in the store; it stays so while this lease lives.</returns>
    /// <exception cref="HullException">The store cannot be written.</exception>
    public bool Protect(Digest digest)
    {
        byte[] line = Encoding.ASCII.GetBytes(digest + "\n");
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(!_file.CanWrite, this);
            StoreErrors.Run($"The image store '{_store.Root}' cannot be written", () =>
            {
                using var guard = FileLock.Shared(_store.CollectLockPath);
                _file.Write(line);
            });
        }

        return _store.Contains(digest);
    }

    /// <summary>Ends the protection.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_file.CanWrite)
            {
                File.Delete(_file.Name);
                _file.Dispose();
            }
        }
    }
}
