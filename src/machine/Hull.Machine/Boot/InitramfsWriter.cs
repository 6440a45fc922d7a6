using System.Globalization;
using System.Text;

namespace Hull.Machine.Boot;

/// <summary>Writes an initramfs: a cpio archive in the format "newc".</summary>
/// <remarks>
/// Source: the kernel's Documentation/driver-api/early-userspace/buffer-format.rst. Parents come before children;
/// the caller adds them. Everything belongs to root and has time 0, so that equal input makes equal bytes. Not thread-safe.
/// </remarks>
public sealed class InitramfsWriter : IDisposable
{
    private const string Magic = "070701";
    private const int Alignment = 4;
    private const uint TypeDirectory = 0x4000;
    private const uint TypeCharacterDevice = 0x2000;
    private const uint TypeFile = 0x8000;
    private const uint TypeLink = 0xA000;

    private readonly Stream _output;
    private long _written;
    private uint _nextInode = 1;
    private bool _finished;

    /// <summary>Writes to a stream that stays open.</summary>
    public InitramfsWriter(Stream output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
    }

    /// <summary>Adds a directory.</summary>
    public void AddDirectory(string path, int mode = 0x1ED) => Entry(path, TypeDirectory | (uint)mode, [], 0, 0);

    /// <summary>Adds a file with its content.</summary>
    public void AddFile(string path, ReadOnlySpan<byte> content, int mode = 0x1A4) =>
        Entry(path, TypeFile | (uint)mode, content, 0, 0);

    /// <summary>Adds a symbolic link.</summary>
    public void AddLink(string path, string target) =>
        Entry(path, TypeLink | 0x1FF, Encoding.UTF8.GetBytes(target), 0, 0);

    /// <summary>Adds a character device.</summary>
    public void AddCharacterDevice(string path, int major, int minor, int mode = 0x180) =>
        Entry(path, TypeCharacterDevice | (uint)mode, [], major, minor);

    /// <summary>Writes the end of the archive; nothing may follow.</summary>
    public void Finish()
    {
        if (!_finished)
        {
            _finished = true;
            Header("TRAILER!!!", 0, 0, 0, 0, 0);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Finish();

    private void Entry(string path, uint mode, ReadOnlySpan<byte> content, int major, int minor)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(_finished, this);
        Header(path.TrimStart('/'), mode, _nextInode++, (uint)content.Length, major, minor);
        Write(content);
        Pad();
    }

    private void Header(string path, uint mode, uint inode, uint length, int major, int minor)
    {
        byte[] name = Encoding.UTF8.GetBytes(path + "\0");
        StringBuilder header = new(Magic);
        ReadOnlySpan<uint> fields =
        [
            inode, mode, 0, 0, 1, 0, length, 0, 0, (uint)major, (uint)minor, (uint)name.Length, 0,
        ];
        foreach (uint field in fields)
        {
            header.Append(field.ToString("X8", CultureInfo.InvariantCulture));
        }

        Write(Encoding.ASCII.GetBytes(header.ToString()));
        Write(name);
        Pad();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _output.Write(bytes);
        _written += bytes.Length;
    }

    private void Pad()
    {
        int rest = (int)(_written % Alignment);
        if (rest != 0)
        {
            Write(new byte[Alignment - rest]);
        }
    }
}
