using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.MicroVm;

/// <summary>Containers in machines of their own: each a process that is the machine, with the container library inside.</summary>
/// <remarks>Thread-safe; several processes may share the state directory. See docs/machine/agent.md.</remarks>
public sealed class MicroVmRuntime : IRuntime
{
    private readonly string _stateDirectory;
    private readonly IMachineJail _jail;

    /// <summary>Uses a state directory, which is made when the first microVM is.</summary>
    /// <param name="stateDirectory">Absolute, on a file system that dies with the boot.</param>
    /// <param name="jail">Starts the machines' processes.</param>
    public MicroVmRuntime(string stateDirectory, IMachineJail jail)
    {
        ArgumentException.ThrowIfNullOrEmpty(stateDirectory);
        ArgumentNullException.ThrowIfNull(jail);
        _stateDirectory = stateDirectory;
        _jail = jail;
    }

    /// <inheritdoc/>
    public void Check(RuntimeSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        _ = GuestSpecification.From(spec);
    }

    /// <summary>Boots a machine and makes the container in it; the task completes once the guest has answered.</summary>
    /// <remarks>The boot is waited for in a thread of its own. Cancelling kills the machine, and the task fails.</remarks>
    public Task<ITask> CreateAsync(Bundle bundle, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        MachineOrders machine = bundle.Machine
            ?? throw new HullException(ErrorKind.InvalidArgument, $"The bundle of '{bundle.Id}' says nothing of a machine.");
        var specification = GuestSpecification.From(bundle.Spec, machine.RootDisk is not null);
        MachineDirectory directory = new(_stateDirectory, bundle.Id);
        MachineProcessOrders orders = new()
        {
            Machine = machine,
            Root = bundle.Root,
            Shares = specification.Shares,
            HasKvm = MachineLauncher.FindKvm(machine.Processor),
        };
        directory.Create(orders);
        (int Machine, int Files) processes = default;
        try
        {
            using (MachineLauncher launcher = new(_jail, directory, orders, CgroupOf(bundle)))
            {
                processes = launcher.Launch();
            }

            directory.WriteProcess(processes.Machine);
        }
        catch
        {
            TakeBack(directory, processes);
            throw;
        }

        return OwnThread.RunAsync<ITask>(() => Boot(bundle, directory, specification.Spec, processes, cancellation));
    }

    /// <inheritdoc/>
    public Task<ITask> AttachAsync(ContainerId id, CancellationToken cancellation)
    {
        MachineDirectory directory = new(_stateDirectory, id);
        return directory.Exists
            ? Task.FromResult<ITask>(new MicroVmTask(id, directory, _jail, directory.TryOpenProcess(), null))
            : throw new HullException(ErrorKind.NotFound, $"There is no microVM '{id}'.");
    }

    private MicroVmTask Boot(
        Bundle bundle, MachineDirectory directory, RuntimeSpec spec, (int Machine, int Files) processes, CancellationToken cancellation)
    {
        long memoryBytes = bundle.Machine?.MemoryBytes ?? 0;
        PidFd? machine = null;
        try
        {
            machine = PidFd.TryOpen(processes.Machine);
            using CancellationTokenRegistration ends = cancellation.Register(() => machine?.TrySignal(Signal.Kill));
            AgentRequest request = new() { Verb = AgentVerb.Create, Id = bundle.Id.ToString(), Spec = spec };
            var limit = BootLimit.Of(processes.Machine, bundle.Machine?.BootTimeoutMs ?? MachineOrders.DefaultBootTimeoutMs);
            AgentConnection connection = Create(bundle, directory, request, limit);
            (int, PidFd)? started = machine is null ? null : (processes.Machine, machine);
            return new MicroVmTask(bundle.Id, directory, _jail, started, new ProcessWatch(connection, machine))
            {
                FileServer = processes.Files,
                MemoryBytes = memoryBytes,
            };
        }
        catch
        {
            machine?.Dispose();
            TakeBack(directory, processes);
            throw;
        }
    }

    private void TakeBack(MachineDirectory directory, (int Machine, int Files) processes)
    {
        _jail.Remove(directory.Path);
        Reap(processes.Machine);
        Reap(processes.Files);
        directory.Remove();
    }

    // Below the parent that the container would have had on the host's kernel.
    private static string CgroupOf(Bundle bundle) =>
        bundle.Spec.Linux?.CgroupsPath is { Length: > 0 } path ? path : $"/hull/{bundle.Id}";

    private static void Reap(int process)
    {
        if (process != 0)
        {
            _ = KernelProcess.Reap(process, wait: false, out _);
        }
    }

    private static AgentConnection Create(Bundle bundle, MachineDirectory directory, AgentRequest request, BootLimit limit)
    {
        AgentConnection connection;
        if (bundle.Spec.Process is { Terminal: true })
        {
            using GuestTerminal terminal = new(bundle.Streams);
            connection = AgentConnection.Open(directory.Socket, request, (StreamRole.Terminal, terminal.Far));
            terminal.HandOver();
        }
        else
        {
            connection = AgentConnection.Open(directory.Socket, request, StreamsOf(bundle.Streams));
        }

        try
        {
            AgentReply reply = connection.Receive(limit) ?? throw Explain(bundle, directory);
            return reply.Failure is null ? connection : throw reply.ToException();
        }
        catch (HullException) when (limit.IsOver)
        {
            connection.Dispose();
            throw ExplainLimit(bundle, directory);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static (StreamRole Role, FileDescriptor Stream)[] StreamsOf(TaskStreams streams)
    {
        List<(StreamRole, FileDescriptor)> given = [];
        Add(StreamRole.Input, streams.Input);
        Add(StreamRole.Output, streams.Output);
        Add(StreamRole.Error, streams.Error);
        return [.. given];

        void Add(StreamRole role, FileDescriptor? stream)
        {
            if (stream is not null)
            {
                given.Add((role, stream));
            }
        }
    }

    private static NotUpException Explain(Bundle bundle, MachineDirectory directory)
    {
        string said = directory.ReadLog();
        string console = directory.ReadConsole();
        string tail = directory.ConsoleTail();
        string why = said.Length > 0 ? said
            : GuestDeath.IsPanic(console) ? GuestDeath.Explain(bundle.Id, console, bundle.Machine?.MemoryBytes ?? 0, machineCode: 0)
            : $"The machine of '{bundle.Id}' ended before its guest was up; {LastLines(tail)}.";
        return new NotUpException(why, tail);
    }

    // The machine's own directory is gone when somebody reads this: what its guest printed is kept as long as the container.
    private static NotUpException ExplainLimit(Bundle bundle, MachineDirectory directory)
    {
        string tail = directory.ConsoleTail();
        long seconds = (bundle.Machine?.BootTimeoutMs ?? 0) / 1000;
        string kept = Path.Combine(bundle.Directory, AgentProtocol.ConsoleFile);
        string where = tail.Length > 0 && directory.TryCopyConsole(kept) ? $" (all of it is in '{kept}' as long as the container is there)" : "";
        return new NotUpException(
            $"The agent in the machine of '{bundle.Id}' did not answer within {seconds} s, so the machine was ended; {LastLines(tail)}{where}: "
                + "try another kernel (--vm-kernel), or give it more time (--vm-boot-timeout).",
            tail);
    }

    private static string LastLines(string tail) => tail.Length == 0 ? "its kernel printed nothing" : $"its last lines were: {tail}";
}
