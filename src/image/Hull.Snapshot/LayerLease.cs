using System.Globalization;
using System.Text;
using Hull.Linux;
using Microsoft.Win32.SafeHandles;

namespace Hull.Snapshot;

/// <summary>Keeps clean-ups away from layers that a running process stands on, and from what it has in <c>staging/</c>.</summary>
/// <remarks>
/// A locked file lists the layers. The lock ends with the process, so nothing stays protected by the dead; and since only
/// making the file takes the store's lock, a clean-up does not wait for the work itself, which may last as long as a
/// transfer does. Thread-safe.
/// </remarks>
internal sealed class LayerLease : IDisposable
{
    private const char Separator = '.';

    private readonly string _path;
    private readonly string _staging;
    private readonly SafeFileHandle _file;
    private int _staged;

    /// <param name="directory">Where the leases are.</param>
    /// <param name="staging">Where work under way is.</param>
    /// <param name="useLock">The lock that clean-ups hold alone: they never see the file before it is locked.</param>
    /// <param name="chain">The layers to keep, which need not be there yet.</param>
    internal LayerLease(string directory, string staging, string useLock, IEnumerable<Digest> chain)
    {
        _path = Path.Combine(directory, Guid.NewGuid().ToString("N"));
        _staging = staging;
        byte[] lines = Encoding.ASCII.GetBytes(string.Concat(chain.Select(id => id + "\n")));
        using FileLock use = FileLock.Shared(useLock);
        _file = File.OpenHandle(_path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        FileLock.TryLock(_file, _path);
        RandomAccess.Write(_file, lines, 0);
    }

    /// <summary>A path in <c>staging/</c> that no clean-up touches while this lives.</summary>
    internal string NewStagingPath() => Path.Combine(_staging, string.Create(
        CultureInfo.InvariantCulture, $"{Path.GetFileName(_path)}{Separator}{Interlocked.Increment(ref _staged)}"));

    /// <summary>Which lease an entry of <c>staging/</c> belongs to; itself when to none.</summary>
    internal static string OwnerOf(string entry) => Path.GetFileName(entry).Split(Separator)[0];

    /// <summary>Reads the leases of the living and removes those of the dead. Under the store's lock, alone.</summary>
    /// <returns>The layers that are kept, and the names of the living leases.</returns>
    internal static (HashSet<string> Layers, HashSet<string> Owners) ReadLiving(string directory)
    {
        HashSet<string> layers = [];
        HashSet<string> owners = [];
        foreach (string path in Directory.GetFiles(directory))
        {
            using (FileLock? holder = FileLock.TryExclusive(path))
            {
                if (holder is not null)
                {
                    File.Delete(path); // its process is gone, or has just ended it
                    continue;
                }
            }

            owners.Add(Path.GetFileName(path));
            layers.UnionWith(ReadLines(path).Where(line => Digest.TryParse(line, out _)).Select(line => Digest.Parse(line).Hex));
        }

        return (layers, owners);
    }

    /// <summary>The layers of all leases, also of those whose process has died; for whoever holds no lock and removes nothing.</summary>
    internal static HashSet<string> ReadAll(string directory) =>
        [.. Directory.GetFiles(directory).SelectMany(ReadLines).Where(line => Digest.TryParse(line, out _)).Select(line => Digest.Parse(line).Hex)];

    /// <summary>Ends the protection.</summary>
    public void Dispose()
    {
        if (!_file.IsClosed)
        {
            File.Delete(_path);
            _file.Dispose();
        }
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (FileNotFoundException)
        {
            return []; // its holder ended it meanwhile
        }
    }
}
