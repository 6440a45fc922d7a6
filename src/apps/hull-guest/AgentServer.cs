using Hull.Linux;
using Hull.Runtime;
using Hull.Runtime.Container;
using Hull.Runtime.MicroVm;

namespace Hull.Guest;

/// <summary>Serves the host: one container, and what is asked of it.</summary>
/// <remarks>A thread for each connection; whoever connects is the host, and nobody else can.</remarks>
internal sealed class AgentServer
{
    private const int StackBytes = 512 * 1024;
    private const int FarewellMs = 10_000;

    private readonly Lock _gate = new();
    private readonly ContainerRuntime _runtime = new("/run/hull");
    private ContainerTask? _task;

    /// <summary>Serves until the machine is switched off.</summary>
    internal void Run()
    {
        using FileDescriptor listener = VirtualSocket.Listen(AgentProtocol.AgentPort);
        Knock();
        while (true)
        {
            FileDescriptor connection = VirtualSocket.Accept(listener);
            Thread thread = new(() => Serve(connection), StackBytes) { IsBackground = true };
            thread.Start();
        }
    }

    // The host refuses, and knows that the agent listens.
    private static void Knock()
    {
        try
        {
            VirtualSocket.Connect(VirtualSocket.HostAddress, AgentProtocol.ReadyPort).Dispose();
        }
        catch (LinuxException)
        {
        }
    }

    private void Serve(FileDescriptor connection)
    {
        using (connection)
        {
            try
            {
                using StreamSet streams = StreamSet.Read(connection);
                if (Receive(connection) is { } request)
                {
                    Answer(connection, streams, request);
                }
            }
            catch (HullException)
            {
                // The host is gone or speaks another language.
            }
        }
    }

    private void Answer(FileDescriptor connection, StreamSet streams, AgentRequest request)
    {
        try
        {
            switch (request.Verb)
            {
                case AgentVerb.Create:
                    RunContainer(connection, streams, request);
                    break;
                case AgentVerb.Exec:
                    RunProcess(connection, streams, request);
                    break;
                case AgentVerb.ReadFiles:
                    SendFiles(connection, streams, request);
                    break;
                case AgentVerb.WriteFiles:
                    ReceiveFiles(connection, streams, request);
                    break;
                default:
                    Send(connection, Do(request));
                    break;
            }
        }
        catch (HullException error)
        {
            Send(connection, AgentReply.Of(error));
        }
    }

    private AgentReply Do(AgentRequest request)
    {
        ContainerTask task = RequireTask();
        lock (_gate)
        {
            switch (request.Verb)
            {
                case AgentVerb.Start:
                    task.Start();
                    return new AgentReply();
                case AgentVerb.Signal:
                    task.Signal(new Signal(request.Signal), request.All);
                    return new AgentReply();
                case AgentVerb.Pause:
                    task.Pause();
                    return new AgentReply();
                case AgentVerb.Resume:
                    task.Resume();
                    return new AgentReply();
                case AgentVerb.Update when request.Resources is { } resources:
                    task.RequireCgroup().Apply(resources);
                    return new AgentReply();
                case AgentVerb.Statistics:
                    TaskStatistics used = task.RequireCgroup().GetStatistics();
                    return new AgentReply { Statistics = used with { MemoryLimitBytes = used.MemoryLimitBytes ?? MachineMemory() } };
                case AgentVerb.Processes:
                    return new AgentReply { Processes = ProcessList.Read(task.RequireCgroup().GetProcessIds(all: true), request.Above) };
                default:
                    return new AgentReply { Failure = $"The guest's agent knows no request {request.Verb}.", Kind = ErrorKind.Unimplemented };
            }
        }
    }

    private void RunContainer(FileDescriptor connection, StreamSet streams, AgentRequest request)
    {
        if (request.Spec is not { } spec || request.Id is not { } id || _task is not null)
        {
            throw new HullException(ErrorKind.FailedPrecondition, "This guest has its container already, or was told nothing of one.");
        }

        if (spec.Root?.Path == AgentProtocol.DiskRoot)
        {
            Boot.MountDisk();
        }

        Directory.CreateDirectory("/run/bundle");
        Bundle bundle = new()
        {
            Id = ContainerId.Parse(id),
            Directory = "/run/bundle",
            Spec = spec,
            Root = new RootFilesystem { Path = spec.Root?.Path ?? "/" },
            Streams = streams.Prepare(spec.Process is { Terminal: true }),
        };
        ContainerTask task = _runtime.Create(bundle);
        _task = task;
        streams.Begin();
        Send(connection, new AgentReply());
        using ManualResetEventSlim hostLeft = new();
        Thread listener = new(() => Listen(connection, streams, task.ProcessId, hostLeft), StackBytes) { IsBackground = true };
        listener.Start();
        ExitStatus exit = task.Wait();
        streams.Finish();
        Send(connection, new AgentReply { Exit = new AgentExit(exit.Code, exit.Signal), Statistics = LastStatistics(task) });
        hostLeft.Wait(FarewellMs);
        FirstProcess.PowerOff();
    }

    private void RunProcess(FileDescriptor connection, StreamSet streams, AgentRequest request)
    {
        ContainerTask task = RequireTask();
        if (request.Process is not { } process)
        {
            throw new HullException(ErrorKind.InvalidArgument, "No process was given.");
        }

        ContainerProcess started;
        lock (_gate)
        {
            started = task.Exec(process, streams.Prepare(process.Terminal));
        }

        using (started)
        {
            streams.Begin();
            Send(connection, new AgentReply());
            using ManualResetEventSlim hostLeft = new();
            Thread listener = new(() => Listen(connection, streams, started.ProcessId, hostLeft), StackBytes) { IsBackground = true };
            listener.Start();
            ExitStatus exit = started.WaitAsync(CancellationToken.None).GetAwaiter().GetResult();
            streams.Finish();
            Send(connection, new AgentReply { Exit = new AgentExit(exit.Code, exit.Signal) });
            hostLeft.Wait(FarewellMs);
        }
    }

    private void SendFiles(FileDescriptor connection, StreamSet streams, AgentRequest request)
    {
        int process = RequireTask().ProcessId;
        using (FileDescriptor output = DescriptorIo.Duplicate(streams.Prepare(isTerminal: false).Output ?? throw NoStream()))
        {
            streams.Begin();
            FileTransfer.Send(process, request, output);
        }

        streams.Finish();
        Send(connection, new AgentReply());
    }

    private void ReceiveFiles(FileDescriptor connection, StreamSet streams, AgentRequest request)
    {
        using FileDescriptor directory = FileTransfer.Find(RequireTask().ProcessId, request, out byte[] name);
        using FileDescriptor input = DescriptorIo.Duplicate(streams.Prepare(isTerminal: false).Input ?? throw NoStream());
        streams.Begin();
        Send(connection, new AgentReply { EntryName = name });
        FileTransfer.Receive(input, directory);
        Send(connection, new AgentReply());
    }

    private static HullException NoStream() => new(ErrorKind.InvalidArgument, "Files were asked for without a stream.");

    // Further words on a process's connection. Its end means that nobody waits for the process any more: it goes on, as a
    // container's does whose supervisor died, until the next command repairs that.
    private static void Listen(FileDescriptor connection, StreamSet streams, int processId, ManualResetEventSlim hostLeft)
    {
        try
        {
            while (Receive(connection) is { } request)
            {
                if (request.Verb == AgentVerb.Resize)
                {
                    streams.Resize(request.Rows, request.Columns);
                }
                else if (request.Verb == AgentVerb.Signal)
                {
                    SignalProcess(processId, request.Signal);
                }
            }
        }
        catch (Exception error) when (error is HullException or ObjectDisposedException)
        {
            // As at the end.
        }

        try
        {
            hostLeft.Set();
        }
        catch (ObjectDisposedException)
        {
            // The process's thread did not wait for this.
        }
    }

    private static void SignalProcess(int processId, int signal)
    {
        using FileDescriptor? process = KernelProcess.TryOpen(processId, out _);
        if (process is not null)
        {
            _ = KernelProcess.TrySignal(process, signal);
        }
    }

    // Without a limit of its own, the container's is what the machine has.
    private static ulong? MachineMemory()
    {
        const string Name = "MemTotal:";
        const ulong Unit = 1024;
        foreach (string line in File.ReadLines("/proc/meminfo"))
        {
            if (line.StartsWith(Name, StringComparison.Ordinal))
            {
                string number = line[Name.Length..].Trim().Split(' ')[0];
                return ulong.Parse(number, System.Globalization.CultureInfo.InvariantCulture) * Unit;
            }
        }

        return null;
    }

    private static TaskStatistics? LastStatistics(ContainerTask task)
    {
        try
        {
            return task.RequireCgroup().GetStatistics();
        }
        catch (HullException)
        {
            return null;
        }
    }

    private ContainerTask RequireTask() => _task
        ?? throw new HullException(ErrorKind.FailedPrecondition, "The guest has no container yet.");

    private static AgentRequest? Receive(FileDescriptor connection) =>
        AgentProtocol.TryRead(connection, AgentJson.Default.AgentRequest, AgentProtocol.MaxRequestBytes);

    private static void Send(FileDescriptor connection, AgentReply reply) =>
        _ = AgentProtocol.TryWrite(connection, reply, AgentJson.Default.AgentReply);
}
