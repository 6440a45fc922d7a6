using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hull.Linux;

namespace Hull.Supervision;

/// <summary>Reads and atomically replaces the files of a container's directory.</summary>
public static class TaskFiles
{
    private const int MaxFileBytes = 16 * 1024 * 1024;
    private const int UnknownExitCode = 255;

    /// <summary>Reads the orders.</summary>
    /// <exception cref="HullException">They are missing or damaged.</exception>
    public static TaskOrders ReadOrders(string directory) =>
        TryRead(Path.Combine(directory, TaskOrders.FileName), SupervisionJson.Default.TaskOrders)
        ?? throw new HullException(ErrorKind.NotFound, $"The container directory '{directory}' has no orders.");

    /// <summary>Replaces the orders.</summary>
    /// <exception cref="HullException">They cannot be written.</exception>
    public static void WriteOrders(string directory, TaskOrders orders) =>
        Replace(Path.Combine(directory, TaskOrders.FileName), orders, SupervisionJson.Default.TaskOrders);

    /// <summary>Reads the record; a container that never started has an empty one.</summary>
    /// <remarks>
    /// One that a power cut or a stranger damaged says that nothing is known: its container can be looked at, removed and
    /// started again, and stands in nobody else's way.
    /// </remarks>
    public static TaskRecord ReadRecord(string directory)
    {
        string path = Path.Combine(directory, TaskRecord.FileName);
        try
        {
            return ReadRecordFile(path);
        }
        catch (HullException error) when (error.Kind == ErrorKind.DataLoss)
        {
            return ReadRecordAgain(path, error);
        }
    }

    private static TaskRecord ReadRecordFile(string path) => TryRead(path, SupervisionJson.Default.TaskRecord) ?? new TaskRecord();

    // On a full disk it is written in place, under this lock, and may have been half written at that moment.
    private static TaskRecord ReadRecordAgain(string path, HullException first)
    {
        try
        {
            using FileLock whole = FileLock.Shared(path);
            return ReadRecordFile(path);
        }
        catch (HullException)
        {
            return new TaskRecord { State = TaskState.Dead, ExitCode = UnknownExitCode, Error = first.Message };
        }
    }

    /// <summary>Replaces the record.</summary>
    /// <exception cref="HullException">It cannot be written.</exception>
    public static void WriteRecord(string directory, TaskRecord record)
    {
        string path = Path.Combine(directory, TaskRecord.FileName);
        try
        {
            Replace(path, record, SupervisionJson.Default.TaskRecord);
        }
        catch (HullException error) when (error.Kind == ErrorKind.ResourceExhausted && File.Exists(path))
        {
            // A full disk has no room for a second file, but this one's block is its own.
            Overwrite(path, JsonSerializer.SerializeToUtf8Bytes(record, SupervisionJson.Default.TaskRecord));
        }
    }

    private static T? TryRead<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            if (new FileInfo(path).Length > MaxFileBytes)
            {
                throw new HullException(ErrorKind.DataLoss, $"The file '{path}' is too large to be Hull's.");
            }

            return JsonSerializer.Deserialize(File.ReadAllBytes(path), type);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException error)
        {
            throw new HullException(ErrorKind.DataLoss, $"The file '{path}' is damaged.", error);
        }
    }

    // rename(2) makes the change atomic for readers and for a crash of this process.
    private static void Replace<T>(string path, T value, JsonTypeInfo<T> type)
    {
        string staged = path + ".new";
        try
        {
            File.WriteAllBytes(staged, JsonSerializer.SerializeToUtf8Bytes(value, type));
            File.Move(staged, path, overwrite: true);
        }
        catch (IOException error)
        {
            HullException failure = FailureOf(path, error);
            TryDelete(staged);
            throw failure;
        }
    }

    private static void Overwrite(string path, ReadOnlySpan<byte> text)
    {
        try
        {
            using FileLock whole = FileLock.Exclusive(path);
            using FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            file.Write(text);
            file.SetLength(text.Length);
        }
        catch (IOException error)
        {
            throw FailureOf(path, error);
        }
    }

    private static HullException FailureOf(string path, IOException error)
    {
        const int NoSpace = 28;
        const int Quota = 122;
        return error.HResult is NoSpace or Quota
            ? new HullException(ErrorKind.ResourceExhausted, $"The file '{path}' cannot be written: no space is left on the disk.", error)
            : new HullException(ErrorKind.Internal, $"The file '{path}' cannot be written: {error.Message}", error);
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException)
        {
            // The failure that led here is the one to report.
        }
    }
}
