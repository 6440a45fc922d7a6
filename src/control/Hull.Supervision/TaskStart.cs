using Hull.Linux;
using Hull.Runtime;

namespace Hull.Supervision;

/// <summary>A running container as its supervisor holds it: the task and the near ends of its streams.</summary>
internal sealed class TaskStart : IDisposable
{
    private TaskStart(ITask task, PidFd? process)
    {
        Task = task;
        Process = process;
    }

    internal ITask Task { get; }

    /// <summary>Readable once the first process ended; null when that was so already.</summary>
    internal PidFd? Process { get; }

    internal FileDescriptor? Input { get; private set; }

    internal FileDescriptor? Output { get; private set; }

    internal FileDescriptor? Error { get; private set; }

    internal bool IsTerminal { get; private set; }

    /// <summary>Creates the container and starts it.</summary>
    /// <returns>Completed already when the runtime needs no waiting; else the rest happens in a thread of the runtime's.</returns>
    /// <exception cref="HullException">Nothing is left behind.</exception>
    internal static async Task<TaskStart> BeginAsync(
        IRuntime runtime, TaskOrders orders, string directory, CancellationToken cancellation)
    {
        TaskStart start = orders.Spec.Process is { Terminal: true }
            ? await CreateWithTerminalAsync(runtime, orders, directory, cancellation).ConfigureAwait(false)
            : await CreateWithPipesAsync(runtime, orders, directory, cancellation).ConfigureAwait(false);
        try
        {
            cancellation.ThrowIfCancellationRequested();
            await start.Task.StartAsync(cancellation).ConfigureAwait(false);
            return start;
        }
        catch
        {
            start.Abandon();
            throw;
        }
    }

    /// <summary>Ends and removes the container, and lets go of its streams. A trace that cannot be removed now is removed by the next command that meets it.</summary>
    internal void Abandon()
    {
        Delete(Task);
        Dispose();
    }

    public void Dispose()
    {
        Input?.Dispose();
        Output?.Dispose();
        Error?.Dispose();
        Process?.Dispose();
        Task.Dispose();
    }

    private static async Task<TaskStart> CreateWithTerminalAsync(
        IRuntime runtime, TaskOrders orders, string directory, CancellationToken cancellation)
    {
        (FileDescriptor near, FileDescriptor far) = UnixSocket.CreatePair();
        try
        {
            ITask task = await CreateTaskAsync(runtime, orders, directory, new TaskStreams { Console = far }, cancellation).ConfigureAwait(false);
            far.Dispose();
            FileDescriptor? terminal = UnixSocket.ReceiveDescriptor(near);
            if (terminal is null)
            {
                Delete(task);
                task.Dispose();
                throw new HullException(ErrorKind.Internal, $"The container '{orders.Id}' sent no terminal.");
            }

            DescriptorIo.SetNonBlocking(terminal, true);
            return new TaskStart(task, Watch(task)) { Output = terminal, IsTerminal = true };
        }
        finally
        {
            near.Dispose();
            far.Dispose();
        }
    }

    private static async Task<TaskStart> CreateWithPipesAsync(
        IRuntime runtime, TaskOrders orders, string directory, CancellationToken cancellation)
    {
        (FileDescriptor outputReader, FileDescriptor outputWriter) = DescriptorIo.CreatePipe();
        (FileDescriptor errorReader, FileDescriptor errorWriter) = DescriptorIo.CreatePipe();
        (FileDescriptor Reader, FileDescriptor Writer)? input = orders.OpenInput ? DescriptorIo.CreatePipe() : null;
        try
        {
            DescriptorIo.SetNonBlocking(outputReader, true);
            DescriptorIo.SetNonBlocking(errorReader, true);
            if (input is { } pipe)
            {
                DescriptorIo.SetNonBlocking(pipe.Writer, true);
            }

            TaskStreams streams = new() { Input = input?.Reader, Output = outputWriter, Error = errorWriter };
            ITask task = await CreateTaskAsync(runtime, orders, directory, streams, cancellation).ConfigureAwait(false);
            return new TaskStart(task, Watch(task))
            {
                Input = input?.Writer,
                Output = outputReader,
                Error = errorReader,
            };
        }
        catch
        {
            outputReader.Dispose();
            errorReader.Dispose();
            input?.Writer.Dispose();
            throw;
        }
        finally
        {
            outputWriter.Dispose();
            errorWriter.Dispose();
            input?.Reader.Dispose();
        }
    }

    private static Task<ITask> CreateTaskAsync(
        IRuntime runtime, TaskOrders orders, string directory, TaskStreams streams, CancellationToken cancellation)
    {
        Bundle bundle = new()
        {
            Id = ContainerId.Parse(orders.Id),
            Directory = directory,
            Spec = orders.Spec,
            Root = orders.Root,
            Streams = streams,
            Machine = orders.Machine,
        };
        return runtime.CreateAsync(bundle, cancellation);
    }

    private static PidFd? Watch(ITask task)
    {
        try
        {
            return PidFd.TryOpen(task.ProcessId);
        }
        catch (HullException)
        {
            Delete(task);
            task.Dispose();
            throw;
        }
    }

    private static void Delete(ITask task)
    {
        try
        {
            task.DeleteAsync(force: true, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (HullException)
        {
        }
    }
}
