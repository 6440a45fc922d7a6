using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Spawn;

/// <summary>Turns a specification into the plan of a container's first process.</summary>
/// <remarks>
/// Pure: it opens nothing and changes nothing, so plans are tested without privileges. One file per topic. The order of
/// the steps and its reasons are in docs/runtime.md. Not thread-safe; one instance compiles one plan.
/// </remarks>
public sealed partial class SpawnPlanCompiler
{
    private const int AffinityBytes = 128;

    private readonly SpawnContext _context;
    private readonly RuntimeSpec _spec;
    private readonly LinuxSpec _linux;
    private readonly ProcessSpec _process;
    private readonly PlanBuilder _plan = new();
    private readonly PlanCell _root;
    private readonly PlanCell _answer;
    private readonly uint _inRoot;
    private ulong _new;
    private ulong _joined;

    private SpawnPlanCompiler(SpawnContext context)
    {
        _context = context;
        _spec = context.Spec;
        _linux = context.Spec.Linux ?? new LinuxSpec();

        // A container may be created without a process; it is start that needs one.
        _process = context.Spec.Process ?? (context.StartPipe >= 0 ? new ProcessSpec() : throw new HullException(
            ErrorKind.InvalidArgument, "The configuration has no process: it must say what to run."));
        _root = _plan.NewCell();
        _answer = _plan.NewCell();
        _inRoot = _plan.Words(Kernel.OPath | Kernel.OCloseOnExec, 0, Kernel.ResolveInRoot | Kernel.ResolveNoMagicLinks);
    }

    /// <summary>Compiles the plan of a container's first process.</summary>
    /// <exception cref="HullException">The specification is malformed or asks for something unsupported.</exception>
    public static SpawnPlan Compile(SpawnContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        SpawnPlanCompiler compiler = new(context);
        compiler.Begin();
        compiler.EnterNamespaces();
        compiler.PrepareRoot();
        compiler.MountAll();
        compiler.MakeDevices();
        compiler.OpenTerminal();
        compiler.ProtectPaths();
        compiler.WriteSysctls();
        compiler.ChangeRoot();
        compiler.BecomeUser();
        compiler.WaitAndExecute();
        return compiler._plan.Build();
    }

    /// <summary>Compiles the plan of a further process in a container that exists.</summary>
    /// <exception cref="HullException">The process is malformed or asks for something unsupported.</exception>
    public static SpawnPlan CompileFurther(SpawnContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        SpawnPlanCompiler compiler = new(context);
        compiler.Begin();
        compiler.EnterContainer();
        compiler.OpenTerminal();
        compiler.BecomeUser();
        compiler.WaitAndExecute();
        return compiler._plan.Build();
    }

    private bool IsFurther => _context.ContainerProcess >= 0;

    private bool HasMounts => !IsFurther && ((_new | _joined) & Kernel.CloneNewNs) != 0;

    private bool HasUserNamespace => ((_new | _joined) & Kernel.CloneNewUser) != 0;

    private void Begin()
    {
        ReadNamespaces();
        _plan.ReportTo(_context.SyncSocket);
        _plan.Inherit(_context.SyncSocket);
        _plan.Subject("The new process's start");

        // Whatever the parent left open ends with the final exec; what the process keeps is named again at the end.
        _plan.Call(SystemCall.CloseRange, 3, uint.MaxValue, Kernel.CloseRangeCloseOnExec);
        _plan.Call(SystemCall.Prctl, Kernel.PrSetParentDeathSignal, Kernel.SigKill);
        _plan.Call(SystemCall.RtSigprocmask, 2, _plan.Words(0), 0, 8);
        SignalDefaults.Add(_plan);
        _plan.Call(SystemCall.Prctl, Kernel.PrSetName, _plan.Text("hull-init"));
        _plan.Call(SystemCall.Setsid).IgnoreErrors();
        _plan.Call(SystemCall.Umask, 0);
        InheritAll();
        ArrangeStreams();
        SetOomScore();
        PrepareLabel();
        if (IsFurther)
        {
            // Before the cgroup is joined, so that the start itself runs where the container's processes may.
            Scheduling.AddProcessors(_plan, _process.ExecCPUAffinity?.Initial);
        }

        NoteBegin();
    }

    private void NoteBegin()
    {
        if (_context.Log is not { IsDebug: true })
        {
            return;
        }

        Note(SpawnNote.Begun);

        // The kernel writes its whole mask behind the record's first two words; the message is the first 24 bytes.
        Span<byte> record = stackalloc byte[16 + AffinityBytes];
        record.Clear();
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)SyncMessage.Note);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(record[8..], (ulong)SpawnNote.Processors);
        uint message = _plan.Variable(record);
        _plan.Call(SystemCall.SchedGetaffinity, 0, AffinityBytes, message + 16).IgnoreErrors();
        _plan.Call(SystemCall.Write, _context.SyncSocket, message, 24);
    }

    /// <summary>Tells the log something, where steps are logged.</summary>
    private void Note(SpawnNote note)
    {
        if (_context.Log is { IsDebug: true })
        {
            _plan.Call(SystemCall.Write, _context.SyncSocket, _plan.Words((ulong)SyncMessage.Note, (ulong)note, 0), 24);
        }
    }

    private void InheritAll()
    {
        foreach (int pipe in (ReadOnlySpan<int>)[_context.StartPipe, _context.ReportPipe, _context.ConsoleSocket])
        {
            if (pipe >= 0)
            {
                _plan.Inherit(pipe);
            }
        }

        for (int i = 0; i < _context.Further.Count; i++)
        {
            _plan.Inherit(_context.Further[i]);
        }

        for (int i = 0; i < _context.CgroupFiles.Count; i++)
        {
            _plan.Inherit(_context.CgroupFiles[i]);
        }
    }

    private void ArrangeStreams()
    {
        _plan.Subject("The standard streams");
        for (int target = 0; target < 3; target++)
        {
            int source = _context.Streams[target];
            if (source != target)
            {
                _plan.Inherit(source);
                _plan.Call(SystemCall.Dup2, source, target);
            }
        }
    }

    private void SetOomScore()
    {
        if (_process.OomScoreAdj is int score)
        {
            _plan.Subject("The out-of-memory score '{0}'", Decimal(score));
            WriteFile("/proc/self/oom_score_adj", Decimal(score), Errno.None);
        }
    }

    /// <summary>Writes a text to a file of the host, which is verified to lie on procfs.</summary>
    private void WriteFile(string path, string text, Errno tolerated)
    {
        PlanCell file = OpenProcFile(path);
        PlanStep step = _plan.Call(SystemCall.Write, file, _plan.Text(text), text.Length);
        if (tolerated != Errno.None)
        {
            step.Ignore(tolerated);
        }

        _plan.Close(file);
    }

    /// <summary>Opens a file for writing and refuses one that is not procfs's (CVE-2019-16884, CVE-2025-52881).</summary>
    private PlanCell OpenProcFile(string path)
    {
        PlanCell file = _plan.NewCell();
        uint status = _plan.Scratch(256);
        _plan.Call(SystemCall.Openat, Kernel.AtFdCwd, _plan.Text(path), Kernel.OWriteOnly | Kernel.OCloseOnExec).Into(file);
        _plan.Call(SystemCall.Fstatfs, file, status);
        _plan.Check(status, ulong.MaxValue, Kernel.ProcMagic, Errno.Perm);
        return file;
    }

    /// <summary>Sends a message to the parent and waits for its answer; a parent that is gone is a failure.</summary>
    private void Synchronize(SyncMessage message, int socket, int answers)
    {
        _plan.Call(SystemCall.Write, socket, _plan.Words((ulong)message, 0, 0), 24);
        _plan.Call(SystemCall.Read, answers, _plan.Scratch(8), 1).Into(_answer);
        _plan.Check(_answer.Address, ulong.MaxValue, 1, Errno.Pipe);
    }

    private static string Decimal(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
