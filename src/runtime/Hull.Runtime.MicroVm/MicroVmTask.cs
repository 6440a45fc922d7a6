using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.MicroVm;

/// <summary>A container in a machine of its own.</summary>
/// <remarks>Everything but the machine's own end is asked of the guest's agent, each time on a connection of its own.</remarks>
internal sealed partial class MicroVmTask : ITask, IResizable, IProcessLister, IFileTransfer, IEndExplainer
{
    private const int KillTimeoutMs = 5_000;
    private const int EndTimeoutMs = 10_000;
    private const int MaxProcesses = 32_768;

    // As of a container that was killed for its memory.
    private const int KilledForMemory = 137;

    private readonly MachineDirectory _directory;
    private readonly IMachineJail _jail;
    private readonly ProcessWatch? _watch;
    private readonly PidFd? _machine;
    private volatile bool _wasKilled;
    private bool _ranOutOfMemory;

    internal MicroVmTask(
        ContainerId id, MachineDirectory directory, IMachineJail jail, (int Pid, PidFd Descriptor)? machine, ProcessWatch? watch)
    {
        Id = id;
        _directory = directory;
        _jail = jail;
        _machine = machine?.Descriptor;
        ProcessId = machine?.Pid ?? 0;
        _watch = watch;
    }

    /// <inheritdoc/>
    public ContainerId Id { get; }

    /// <summary>The machine's process.</summary>
    public int ProcessId { get; }

    /// <summary>The process that serves its files, when it is a child of this one; otherwise 0.</summary>
    internal int FileServer { get; init; }

    /// <summary>RAM of the guest, when this process made it; otherwise 0.</summary>
    internal long MemoryBytes { get; init; }

    /// <inheritdoc/>
    public string? WhyEnded { get; private set; }

    /// <inheritdoc/>
    public TaskStatus Status => _machine is null || _machine.Wait(0) ? TaskStatus.Stopped : TaskStatus.Running;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellation) => Ask(new AgentRequest { Verb = AgentVerb.Start });

    /// <inheritdoc/>
    public Task<ITaskProcess> ExecAsync(ProcessSpec process, TaskStreams streams, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(process);
        ArgumentNullException.ThrowIfNull(streams);
        AgentRequest request = new() { Verb = AgentVerb.Exec, Process = HostLimits.Complete(process) };
        return OwnThread.RunAsync<ITaskProcess>(() => Exec(request, streams));
    }

    private MicroVmProcess Exec(AgentRequest request, TaskStreams streams)
    {
        if (request.Process is { Terminal: true })
        {
            using GuestTerminal terminal = new(streams);
            AgentConnection joined = Open(request, (StreamRole.Terminal, terminal.Far));
            terminal.HandOver();
            return new MicroVmProcess(joined, new StreamPumps(new TaskStreams()));
        }

        using StreamPumps pumps = new(streams);
        AgentConnection connection = Open(request, pumps.Far);
        pumps.Start();
        return new MicroVmProcess(connection, pumps);
    }

    /// <inheritdoc/>
    public async Task<ExitStatus> WaitAsync(CancellationToken cancellation)
    {
        if (_watch is null)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, $"Only the process that made the microVM '{Id}' learns its exit status.");
        }

        AgentReply? reply = await _watch.Ended.WaitAsync(cancellation).ConfigureAwait(false);
        int status = Launcher.Wait(ProcessId);
        return reply?.Exit is { } exit ? new ExitStatus(exit.Code, exit.Signal)
            : _wasKilled ? ExitStatus.FromWaitStatus(status)
            : ExplainEnd(ExitStatus.FromWaitStatus(status));
    }

    // A program that takes too much is killed by the guest's kernel, and has an exit status. Only a kernel that has nothing left
    // to kill, or not enough to begin with, takes the machine with it.
    private ExitStatus ExplainEnd(ExitStatus machine)
    {
        if (machine.Signal != 0)
        {
            WhyEnded = $"The process of the machine of '{Id}' was killed (signal {machine.Signal}): by somebody else, or by the host for memory.";
            return machine;
        }

        string console = _directory.ReadConsole();
        string said = _directory.ReadLog();
        WhyEnded = said.Length > 0 ? said : GuestDeath.Explain(Id, console, MemoryBytes, machine.Code);
        _ranOutOfMemory = GuestDeath.IsOutOfMemory(console);
        return new ExitStatus(_ranOutOfMemory ? KilledForMemory : MicroVmProcess.MachineGone, 0);
    }

    /// <inheritdoc/>
    public async Task SignalAsync(Signal signal, bool all, CancellationToken cancellation)
    {
        AgentRequest request = new() { Verb = AgentVerb.Signal, Signal = signal.Number, All = all };
        if (signal != Signal.Kill)
        {
            await Ask(request).ConfigureAwait(false);
            return;
        }

        try
        {
            _ = await OwnThread.RunAsync(() => AgentConnection.Call(_directory.Socket, request, KillTimeoutMs)).ConfigureAwait(false);
        }
        catch (HullException)
        {
            // A guest that does not obey ends with its machine.
            EndMachine(afterMs: 0);
            return;
        }

        // So does one that only says that it obeys. Nobody waits for that: a good one is gone at once.
        _ = OwnThread.RunAsync(() => EndMachine(EndTimeoutMs));
    }

    /// <summary>Ends the machine's process unless it ends by itself.</summary>
    /// <returns>Whether it had to.</returns>
    private bool EndMachine(int afterMs)
    {
        if (_machine is null || _machine.Wait(afterMs))
        {
            return false;
        }

        _wasKilled = true;
        return _machine.TrySignal(Signal.Kill);
    }

    /// <inheritdoc/>
    public Task PauseAsync(CancellationToken cancellation) => Ask(new AgentRequest { Verb = AgentVerb.Pause });

    /// <inheritdoc/>
    public Task ResumeAsync(CancellationToken cancellation) => Ask(new AgentRequest { Verb = AgentVerb.Resume });

    /// <inheritdoc/>
    public Task UpdateAsync(LinuxResources resources, CancellationToken cancellation) =>
        Ask(new AgentRequest { Verb = AgentVerb.Update, Resources = resources });

    /// <summary>What it uses in the guest; after its end what the guest said last.</summary>
    public Task<TaskStatistics> GetStatisticsAsync(CancellationToken cancellation)
    {
        AgentReply? reply = _watch is { Ended: { IsCompletedSuccessfully: true } ended }
            ? ended.Result
            : AgentConnection.Call(_directory.Socket, new AgentRequest { Verb = AgentVerb.Statistics });
        TaskStatistics said = reply?.Statistics ?? new TaskStatistics();
        return Task.FromResult(_ranOutOfMemory ? said with { OutOfMemoryKills = Math.Max(1, said.OutOfMemoryKills) } : said);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<TaskProcess>> GetProcessesAsync(CancellationToken cancellation)
    {
        List<TaskProcess> all = [];
        while (all.Count < MaxProcesses)
        {
            int last = all.Count == 0 ? 0 : all[^1].ProcessId;
            AgentRequest request = new() { Verb = AgentVerb.Processes, Above = last };
            IReadOnlyList<TaskProcess> more = AgentConnection.Call(_directory.Socket, request).Processes ?? [];

            // A guest that says the same again would keep us here.
            if (more.Count == 0 || more[^1].ProcessId <= last)
            {
                break;
            }

            all.AddRange(more);
        }

        return Task.FromResult<IReadOnlyList<TaskProcess>>(all);
    }

    /// <summary>The machine's process: what is inside it the host does not see.</summary>
    public Task<IReadOnlyList<int>> GetProcessIdsAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<int>>(ProcessId == 0 ? [] : [ProcessId]);

    /// <inheritdoc/>
    public Task DeleteAsync(bool force, CancellationToken cancellation)
    {
        if (Status != TaskStatus.Stopped)
        {
            if (!force)
            {
                throw new HullException(ErrorKind.FailedPrecondition, $"The microVM '{Id}' cannot be deleted: it is running, not stopped.");
            }

            _ = _machine!.TrySignal(Signal.Kill); // Running, so there is one.
            _ = _machine.Wait(EndTimeoutMs);
            if (_watch is not null)
            {
                _ = KernelProcess.Reap(ProcessId, wait: false, out _);
            }
        }

        _jail.Remove(_directory.Path);
        if (FileServer != 0)
        {
            _ = KernelProcess.Reap(FileServer, wait: false, out _);
        }

        _directory.Remove();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Resize(WindowSize size) => _watch?.Resize(size);

    /// <inheritdoc/>
    public void Dispose()
    {
        _watch?.Dispose();
        _machine?.Dispose();
    }

    private Task<AgentReply> Ask(AgentRequest request) => OwnThread.RunAsync(() => AgentConnection.Call(_directory.Socket, request));

    private AgentConnection Open(AgentRequest request, params ReadOnlySpan<(StreamRole Role, FileDescriptor Stream)> streams)
    {
        var connection = AgentConnection.Open(_directory.Socket, request, streams);
        AgentReply? reply;
        try
        {
            reply = connection.Receive(AgentConnection.AnswerTimeoutMs);
        }
        catch
        {
            connection.Dispose();
            throw;
        }

        if (reply is { Failure: null })
        {
            return connection;
        }

        connection.Dispose();
        throw reply?.ToException() ?? new HullException(ErrorKind.FailedPrecondition, $"The microVM '{Id}' has ended.");
    }
}
