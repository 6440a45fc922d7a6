using Hull.Engine.Settings;
using Hull.Engine.Spec;
using Hull.Engine.State;
using Hull.Engine.Tasks;
using Hull.Linux;
using Hull.Runtime;
using Hull.Supervision;

namespace Hull.Engine.Containers;

/// <content>Starting: write the orders, hand them to a supervisor, wait for its answer.</content>
public sealed partial class ContainerService
{
    private const int NoPid = 0;

    // Blocked before the first managed thread exists, so that the supervisor can take them from a descriptor.
    private static readonly Signal[] s_supervisorSignals = [new(1), new(2), new(15)];

    /// <summary>Starts a container and returns the starter's connection to its supervisor.</summary>
    /// <param name="view">The container.</param>
    /// <param name="flags">The streams this client wants, from the first byte on.</param>
    /// <param name="size">The terminal's size at the start; null when unknown.</param>
    /// <param name="asked">Gets the connection as soon as the start is under way; signals may be sent then.</param>
    /// <returns>Null when it runs already.</returns>
    /// <exception cref="TaskStartException">It could not be started; says Docker's exit code.</exception>
    public TaskConnection? Start(ContainerView view, AttachFlags flags, WindowSize? size = null, Action<TaskConnection>? asked = null)
    {
        ArgumentNullException.ThrowIfNull(view);
        HostRights.Require();
        ContainerRow row = view.Row;
        using FileLock guard = LockOf(row.Id);
        string directory = Paths.ContainerDirectory(row.Id);
        TaskRecord record = TaskFiles.ReadRecord(directory);
        if (ProcessIdentity.SupervisorLives(record))
        {
            return null;
        }

        if (_store.FindById(row.Id) is not { Phase: ContainerPhase.Ready })
        {
            throw new HullException(ErrorKind.NotFound, $"The container '{row.Name}' is being removed.");
        }

        if (Directory.Exists(Paths.TaskDirectory(row.Id)))
        {
            RepairLocked(row, record);
        }

        if (record.StoppedByUser)
        {
            TaskFiles.WriteRecord(directory, record with { StoppedByUser = false });
        }

        TaskFiles.WriteOrders(directory, OrdersOf(row, directory));
        Directory.CreateDirectory(Paths.TaskDirectory(row.Id), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        TaskConnection connection = Launch(directory, guard);
        try
        {
            connection.TryAttach(flags);
            if (size is { } window)
            {
                connection.TrySend(FrameKind.Resize, window.Rows, window.Columns);
            }

            connection.TrySend(FrameKind.Start);
            asked?.Invoke(connection);
            if (!connection.TryAwaitAnswer())
            {
                // It was killed somewhere between the first step and the answer: take back what it made.
                _ = RepairLocked(row, TaskFiles.ReadRecord(directory));
                throw new TaskStartException(
                    ErrorKind.Internal, StartFailed, $"The supervisor of container '{row.Name}' died before the container started.");
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            RemoveTaskDirectory(row.Id);
            throw;
        }
    }

    /// <summary>Connects to the supervisor of a running container.</summary>
    /// <exception cref="HullException">The container is not running.</exception>
    public TaskConnection Connect(ContainerView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return (view.IsStarting ? null : TaskConnection.TryConnect(Paths.Socket(view.Row.Id))) ?? throw NotRunning(view);
    }

    private const int StartFailed = 125;

    private TaskConnection Launch(string directory, FileLock guard)
    {
        (FileDescriptor near, FileDescriptor far) = UnixSocket.CreatePair();
        TaskConnection connection = new(near);
        try
        {
            using FileDescriptor nothing = AppendFile.OpenDevice("/dev/null");
            _ = Launcher.Start(new LaunchRequest
            {
                Path = _options.TaskProgram,
                Arguments = ["hull-task", directory],
                Descriptors = [nothing, nothing, nothing, far, guard.Descriptor],
                BlockedSignals = s_supervisorSignals,
                NewSession = true,
            });
            return connection;
        }
        catch (LinuxException error)
        {
            connection.Dispose();
            throw new TaskStartException(
                ErrorKind.Internal, StartFailed,
                $"The supervisor '{_options.TaskProgram}' cannot be started: {LinuxException.TextOf(error.Error)}.");
        }
        finally
        {
            far.Dispose();
        }
    }

    private TaskOrders OrdersOf(ContainerRow row, string directory)
    {
        RootFilesystem root = _images.Roots.Get(row.Id);
        IReadOnlyList<ResolvedMount> mounts = [.. row.Settings.Mounts.Select(mount => _volumes.Resolve(mount, null))];
        EtcFiles.Write(directory, row);
        ContainerSettings settings = row.Settings;
        return new TaskOrders
        {
            Id = row.Id,
            Name = row.Name,
            Image = row.Image,
            RuntimeRoot = Paths.Runtime,
            Socket = Paths.Socket(row.Id),
            EventsFile = Paths.Events,
            Spec = SpecBuilder.Build(Context(row, root, mounts, ProcessOf)),
            Root = root,
            Machine = MachineOf(row),
            Log = LogOptions.OrdersOf(settings, Paths.LogFile(row.Id)),
            Restart = settings.Restart,
            Health = HealthOptions.OrdersOf(settings.Health),
            StopSignal = StopSignalOf(row).Number,
            StopTimeoutSeconds = settings.StopTimeoutSeconds ?? DefaultStopSeconds,
            OpenInput = settings.OpenInput,
            InputOnce = settings.InputOnce,
            AutoRemove = settings.AutoRemove,
            RemoveCommand = settings.AutoRemove ? [.. _options.RemoveCommand, row.Id] : [],
        };
    }

    private MachineOrders? MachineOf(ContainerRow row) => row.Settings.Isolation == ContainerSettings.MicroVm
        ? _options.Machines?.Invoke(row.Settings, row.Settings.HasRootDisk ? _images.Roots.MakeDisk(row.Id) : null)
        : null;

    private int ProcessOf(string nameOrId)
    {
        ContainerView other = Get(nameOrId);
        if (other.Row.Settings.Isolation != ContainerSettings.Container)
        {
            // The process that the host sees is the machine, which lives in the host's own namespaces.
            throw new HullException(
                ErrorKind.Unimplemented, $"The namespaces of '{other.Row.Name}' cannot be joined: it is a machine.");
        }

        return other.Record.Pid != NoPid && other.IsRunning ? other.Record.Pid : throw NotRunning(other);
    }

    private static HullException NotRunning(ContainerView view) =>
        new(ErrorKind.FailedPrecondition, view.IsStarting
            ? $"The container '{view.Row.Name}' is still starting: try again once it runs."
            : $"The container '{view.Row.Name}' is not running.");
}
