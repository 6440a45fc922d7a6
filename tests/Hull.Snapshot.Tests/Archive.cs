using System.Text;
using Hull.Linux;
using Hull.Snapshot.Layers;
using Hull.Snapshot.Tar;

namespace Hull.Snapshot.Tests;

/// <summary>Builds archives in memory, as friendly or as hostile as a test needs.</summary>
internal sealed class Archive : IDisposable
{
    private readonly MemoryStream _stream = new();
    private readonly TarWriter _writer;

    internal Archive() => _writer = new TarWriter(_stream, leaveOpen: true);

    internal static byte[] B(string text) => Encoding.UTF8.GetBytes(text);

    internal Archive File(string path, string content = "", uint mode = 0x1A4, params (string Name, string Value)[] attributes)
    {
        byte[] body = B(content);
        _writer.WriteHeader(new TarHeader
        {
            Path = B(path),
            Type = TarEntryType.File,
            Mode = mode,
            Size = body.Length,
            Modified = new FileTime(1_000_000_000, 123_456_789),
            Attributes = [.. attributes.Select(a => new KeyValuePair<byte[], byte[]>(B(a.Name), B(a.Value)))],
        });
        _writer.WriteBody(body);
        return this;
    }

    internal Archive Entry(
        TarEntryType type, string path, string target = "", uint mode = 0x1ED, uint major = 0, uint minor = 0)
    {
        _writer.WriteHeader(new TarHeader
        {
            Path = B(path),
            Type = type,
            LinkTarget = B(target),
            Mode = mode,
            Modified = new FileTime(1_000_000_000, 0),
            DeviceMajor = major,
            DeviceMinor = minor,
        });
        return this;
    }

    internal Archive Directory(string path, uint mode = 0x1ED) => Entry(TarEntryType.Directory, path, mode: mode);

    internal Archive Link(string path, string target) => Entry(TarEntryType.SymbolicLink, path, target);

    internal Archive HardLink(string path, string target) => Entry(TarEntryType.HardLink, path, target);

    public void Dispose() => _writer.Dispose();

    internal byte[] ToArray()
    {
        _writer.Finish();
        return _stream.ToArray();
    }

    internal async Task<UnpackResult> UnpackAsync(string directory, UnpackOptions? options = null)
    {
        using MemoryStream stream = new(ToArray());
        return await LayerUnpacker.UnpackAsync(stream, directory, options ?? Options, TestContext.Current.CancellationToken);
    }

    // Tests without privileges unpack as an ordinary user does.
    internal static UnpackOptions Options { get; } = new() { Rootless = !Environment.IsPrivilegedProcess };
}
