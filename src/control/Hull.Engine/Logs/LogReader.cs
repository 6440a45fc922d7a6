using System.Text;
using System.Text.Json;
using Hull.Linux;
using Hull.Supervision;

namespace Hull.Engine.Logs;

/// <summary>Reads a container's log file and the ones rotated away, oldest first; keeps up while it grows.</summary>
internal sealed class LogReader : IDisposable
{
    private const int MaxLineBytes = 256 * 1024;
    private const int MaxRotated = 1000;

    private readonly string _path;
    private readonly byte[] _buffer = new byte[MaxLineBytes];
    private FileDescriptor? _current;
    private ulong _inode;
    private int _filled;

    internal LogReader(string path) => _path = path;

    /// <summary>Everything that is in the files now and was not returned before.</summary>
    internal IEnumerable<LogEntry> ReadNew()
    {
        if (_current is null)
        {
            for (int age = OldestAge(); age > 0; age--)
            {
                using FileDescriptor? old = Open(LogFile.NameOf(_path, age), out _);
                foreach (LogEntry entry in ReadAll(old))
                {
                    yield return entry;
                }
            }

            _current = Open(_path, out _inode);
        }

        while (true)
        {
            foreach (LogEntry entry in ReadAll(_current))
            {
                yield return entry;
            }

            // The name belongs to another file by now: this one is complete, the next one begins.
            FileDescriptor? next = Open(_path, out ulong inode);
            if (next is null || inode == _inode)
            {
                next?.Dispose();
                yield break;
            }

            _current?.Dispose();
            (_current, _inode, _filled) = (next, inode, 0);
        }
    }

    public void Dispose() => _current?.Dispose();

    /// <summary>Reads one line of the file; null when it is damaged.</summary>
    internal static LogEntry? Parse(ReadOnlySpan<byte> line)
    {
        string text = "";
        bool isError = false;
        DateTimeOffset time = default;
        try
        {
            Utf8JsonReader json = new(line);
            while (json.Read())
            {
                if (json.TokenType != JsonTokenType.PropertyName)
                {
                    continue;
                }

                if (json.ValueTextEquals("log"u8))
                {
                    json.Read();
                    text = json.GetString() ?? "";
                }
                else if (json.ValueTextEquals("stream"u8))
                {
                    json.Read();
                    isError = json.ValueTextEquals("stderr"u8);
                }
                else if (json.ValueTextEquals("time"u8))
                {
                    json.Read();
                    _ = DateTimeOffset.TryParse(json.GetString(), System.Globalization.CultureInfo.InvariantCulture, out time);
                }
            }

            return new LogEntry(text, isError, time);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private int OldestAge()
    {
        int age = 0;
        while (age < MaxRotated && File.Exists(LogFile.NameOf(_path, age + 1)))
        {
            age++;
        }

        return age;
    }

    private IEnumerable<LogEntry> ReadAll(FileDescriptor? file)
    {
        while (file is not null)
        {
            int count = DescriptorIo.Read(file, _buffer.AsSpan(_filled));
            if (count == 0)
            {
                yield break;
            }

            _filled += count;
            int start = 0;
            int length;
            while ((length = _buffer.AsSpan(start, _filled - start).IndexOf((byte)'\n')) >= 0)
            {
                LogEntry? entry = Parse(_buffer.AsSpan(start, length));
                start += length + 1;
                if (entry is not null)
                {
                    yield return entry;
                }
            }

            // A line longer than any Hull writes is not Hull's: it is dropped.
            _filled = _filled - start == _buffer.Length ? 0 : _filled - start;
            _buffer.AsSpan(start, _filled).CopyTo(_buffer);
        }
    }

    private static FileDescriptor? Open(string path, out ulong inode)
    {
        inode = 0;
        string directory = Path.GetDirectoryName(path) ?? "/";
        if (!Directory.Exists(directory))
        {
            return null;
        }

        using FileDescriptor parent = FileTree.OpenRoot(directory);
        if (FileTree.OpenName(parent, Encoding.UTF8.GetBytes(Path.GetFileName(path)), out FileDescriptor? file) != Errno.None || file is null)
        {
            return null;
        }

        inode = FileTree.Status(file, out FileStatus status) == Errno.None ? status.Inode : 0;
        return file;
    }
}
