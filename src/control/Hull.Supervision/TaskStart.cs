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

    /// <summary>Creates the container and leaves it waiting for <see cref="ITask.StartAsync"/>.</summary>
    /// <exception cref="HullException">Nothing is left behind.</exception>
    internal static TaskStart Create(IRuntime runtime, TaskOrders orders, string directory) =>
        orders.Spec.Process is { Terminal: true }
            ? CreateWithTerminal(runtime, orders, directory)
            : CreateWithPipes(runtime, orders, directory);

    public void Dispose()
    {
        Input?.Dispose();
        Output?.Dispose();
        Error?.Dispose();
        Process?.Dispose();
        Task.Dispose();
    }

    private static TaskStart CreateWithTerminal(IRuntime runtime, TaskOrders orders, string directory)
    {
        (FileDescriptor near, FileDescriptor far) = UnixSocket.CreatePair();
        try
        {
            ITask task = CreateTask(runtime, orders, directory, new TaskStreams { Console = far });
            far.Dispose();
            FileDescriptor? terminal = UnixSocket.ReceiveDescriptor(near);
            if (terminal is null)
            {
                Delete(task);
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

    private static TaskStart CreateWithPipes(IRuntime runtime, TaskOrders orders, string directory)
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
            ITask task = CreateTask(runtime, orders, directory, streams);
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

    private static ITask CreateTask(IRuntime runtime, TaskOrders orders, string directory, TaskStreams streams)
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
        return runtime.CreateAsync(bundle, CancellationToken.None).GetAwaiter().GetResult();
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
            throw;
        }
    }

    private static void Delete(ITask task)
    {
        task.DeleteAsync(force: true, CancellationToken.None).GetAwaiter().GetResult();
        task.Dispose();
    }
}
