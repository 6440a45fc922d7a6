using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Hull.Supervision;

/// <summary>Reads and atomically replaces the files of a container's directory.</summary>
public static class TaskFiles
{
    private const int MaxFileBytes = 16 * 1024 * 1024;

    /// <summary>Reads the orders.</summary>
    /// <exception cref="HullException">They are missing or damaged.</exception>
    public static TaskOrders ReadOrders(string directory) =>
        TryRead(Path.Combine(directory, TaskOrders.FileName), SupervisionJson.Default.TaskOrders)
        ?? throw new HullException(ErrorKind.NotFound, $"The container directory '{directory}' has no orders.");

    /// <summary>Replaces the orders.</summary>
    public static void WriteOrders(string directory, TaskOrders orders) =>
        Replace(Path.Combine(directory, TaskOrders.FileName), orders, SupervisionJson.Default.TaskOrders);

    /// <summary>Reads the record; a container that never started has an empty one.</summary>
    public static TaskRecord ReadRecord(string directory) =>
        TryRead(Path.Combine(directory, TaskRecord.FileName), SupervisionJson.Default.TaskRecord) ?? new TaskRecord();

    /// <summary>Replaces the record.</summary>
    public static void WriteRecord(string directory, TaskRecord record) =>
        Replace(Path.Combine(directory, TaskRecord.FileName), record, SupervisionJson.Default.TaskRecord);

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
        File.WriteAllBytes(staged, JsonSerializer.SerializeToUtf8Bytes(value, type));
        File.Move(staged, path, overwrite: true);
    }
}
