using Hull.Linux;

namespace Hull.Runtime.Container;

/// <summary>The directory in which one container's state lies, and its lock.</summary>
/// <remarks>
/// <c>state.json</c> is written beside and renamed, so it is there whole or not at all; a directory without it is what
/// an interrupted create left behind. The lock is the directory's own (flock(2)) and ends with its holder.
/// </remarks>
public sealed class ContainerDirectory : IDisposable
{
    private const uint DirectoryMode = 0x1c9;
    private readonly FileDescriptor _lock;

    private ContainerDirectory(string path, FileDescriptor directory)
    {
        DirectoryPath = path;
        _lock = directory;
    }

    /// <summary>The directory's path.</summary>
    public string DirectoryPath { get; }

    /// <summary>Where the state lies.</summary>
    public string StatePath => DirectoryPath + "/state.json";

    /// <summary>Where a copy of the specification lies.</summary>
    public string ConfigurationPath => DirectoryPath + "/config.json";

    /// <summary>The pipe in which a created process waits. The name is runc's, for those who look at the process's descriptors.</summary>
    public string StartPipePath => StartPipeIn(DirectoryPath);

    /// <summary>The pipe on which a started process reports that it could not be executed.</summary>
    public string ReportPipePath => DirectoryPath + "/report/exec.fifo";

    /// <summary>Where the pipe lies in which a created process waits.</summary>
    internal static string StartPipeIn(string directory) => directory + "/exec.fifo";

    /// <summary>Makes and locks the directory of a new container.</summary>
    /// <exception cref="HullException"><see cref="ErrorKind.AlreadyExists"/>: the name is in use.</exception>
    public static ContainerDirectory Create(string root, ContainerId id)
    {
        string path = root + "/" + id;
        Errno error = HostFile.TryMakeDirectory(path, DirectoryMode);
        if (error == Errno.NoEnt)
        {
            Directory.CreateDirectory(root);
            error = HostFile.TryMakeDirectory(path, DirectoryMode);
        }

        return error switch
        {
            Errno.None => Lock(path),
            Errno.Exist => throw new HullException(
                ErrorKind.AlreadyExists, $"The container '{id}' exists already: container with given ID already exists."),
            _ => throw new LinuxException("mkdir", path, error),
        };
    }

    /// <summary>Locks the directory of a container that exists.</summary>
    /// <exception cref="HullException"><see cref="ErrorKind.NotFound"/>: there is no such container.</exception>
    public static ContainerDirectory Open(string root, ContainerId id)
    {
        string path = root + "/" + id;
        return HostFile.TryStat(path, out HostFileStatus status) == Errno.None && status.IsDirectory
            ? Lock(path)
            : throw new HullException(ErrorKind.NotFound, $"The container '{id}' does not exist.");
    }

    /// <summary>Writes the state so that it is there whole or not at all.</summary>
    public void Write(ContainerRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        string staged = StatePath + ".new";
        HostFile.WriteAll(staged, record.ToJson());
        Errno error = HostFile.TryRename(staged, StatePath);
        if (error != Errno.None)
        {
            throw new LinuxException("rename", staged, error);
        }
    }

    /// <summary>Reads the state.</summary>
    /// <returns>Null when an interrupted create left none.</returns>
    public ContainerRecord? TryRead()
    {
        using FileDescriptor? file = HostFile.TryOpen(StatePath, HostFile.ReadOnly, out _);
        return file is null ? null : ContainerRecord.Read(HostFile.ReadAll(file, StatePath), StatePath);
    }

    /// <summary>Removes everything; a file that is not there is no failure.</summary>
    public void Remove()
    {
        foreach (string path in (ReadOnlySpan<string>)[StatePath, StatePath + ".new", ConfigurationPath, StartPipePath, ReportPipePath])
        {
            _ = HostFile.TryRemoveFile(path);
        }

        _ = HostFile.TryRemoveDirectory(Path.GetDirectoryName(ReportPipePath)!); // It has a directory.
        if (HostFile.TryRemoveDirectory(DirectoryPath) == Errno.NotEmpty)
        {
            Directory.Delete(DirectoryPath, recursive: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static ContainerDirectory Lock(string path)
    {
        FileDescriptor directory = HostFile.Open(path, HostFile.Directory);
        try
        {
            HostFile.Lock(directory, path);
            return new ContainerDirectory(path, directory);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }
}
