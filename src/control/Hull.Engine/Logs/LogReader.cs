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
        // Files that came after the one read last, oldest first; the last one may still grow.
        List<(FileDescriptor File, ulong Inode)> files = OpenNewer();
        try
        {
            foreach (LogEntry entry in ReadAll(_current))
            {
                yield return entry;
            }

            while (files.Count > 0)
            {
                _current?.Dispose();
                (_current, _inode, _filled) = (files[0].File, files[0].Inode, 0);
                files.RemoveAt(0);
                foreach (LogEntry entry in ReadAll(_current))
                {
                    yield return entry;
                }
            }
        }
        finally
        {
            files.ForEach(one => one.File.Dispose());
        }
    }

    // From the newest back: a rotation meanwhile shows a file a second time, under its next name, but hides none.
    private List<(FileDescriptor File, ulong Inode)> OpenNewer()
    {
        List<(FileDescriptor File, ulong Inode)> files = [];
        for (int age = 0; age <= MaxRotated; age++)
        {
            FileDescriptor? file = Open(LogFile.NameOf(_path, age), out ulong inode);
            if (file is null)
            {
                // Between two renames of a rotation one name is free for a moment.
                if (age == 0 || File.Exists(LogFile.NameOf(_path, age + 1)))
                {
                    continue;
                }

                break;
            }

            if (_current is not null && inode == _inode)
            {
                file.Dispose();
                break;
            }

            if (files.Exists(one => one.Inode == inode))
            {
                file.Dispose();
                continue;
            }

            files.Add((file, inode));
        }

        files.Reverse();
        return files;
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
