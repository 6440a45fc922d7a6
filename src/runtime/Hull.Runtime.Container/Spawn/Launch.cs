using System.Buffers.Binary;
using Hull.Linux;

namespace Hull.Runtime.Container.Spawn;

/// <summary>A process that executes a plan, and the talk with it until it is ready or gone.</summary>
/// <remarks>Not thread-safe. The thread that made it must live until the process is ready: its end would end the process.</remarks>
public sealed class Launch : IDisposable
{
    private const int RecordBytes = 24;

    private readonly SpawnPlan _plan;
    private readonly FileDescriptor _socket;
    private readonly IRuntimeLog? _log;

    private Launch(SpawnPlan plan, FileDescriptor socket, SpawnedProcess process, IRuntimeLog? log)
    {
        _log = log;
        _plan = plan;
        _socket = socket;
        Process = process;
    }

    /// <summary>The process; another one after it continued in a pid namespace.</summary>
    public SpawnedProcess Process { get; private set; }

    /// <summary>The second word of the last message.</summary>
    public long Value { get; private set; }

    /// <summary>The third word of the last message.</summary>
    public long SecondValue { get; private set; }

    /// <summary>Starts the process.</summary>
    /// <param name="plan">Its plan, compiled with the number of <paramref name="far"/>.</param>
    /// <param name="near">This side of the socket pair; owned by the launch.</param>
    /// <param name="far">The process's side; closed here.</param>
    /// <param name="cgroup">Directory of the version 2 cgroup the process starts in; null for this process's.</param>
    /// <param name="log">Takes what the process notes; null for nobody.</param>
    public static Launch Begin(
        SpawnPlan plan, FileDescriptor near, FileDescriptor far, FileDescriptor? cgroup, IRuntimeLog? log = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(far);
        using (far)
        {
            using SpawnImage image = plan.Seal();
            ulong flags = plan.Namespaces | (cgroup is null ? 0 : SpawnImage.IntoCgroup);
            return new Launch(plan, near, image.Spawn(flags, plan.Inherited, cgroup), log);
        }
    }

    /// <summary>Waits for the next message.</summary>
    /// <returns>Null when the process closed its side: it was executed, or waits for start, or died.</returns>
    /// <exception cref="HullException">A step of the plan failed.</exception>
    public SyncMessage? Next()
    {
        Span<byte> record = stackalloc byte[RecordBytes];
        while (true)
        {
            int count = HostFile.Read(_socket, record);
            if (count < 0)
            {
                throw LinuxException.Last("read", "spawn socket");
            }

            if (count != RecordBytes)
            {
                return null;
            }

            var message = (SyncMessage)BinaryPrimitives.ReadInt64LittleEndian(record);
            if (message == SyncMessage.Failed)
            {
                throw FailureOf(_plan, record);
            }

            if (message == SyncMessage.Note)
            {
                TakeNote(record);
            }
            else if (message != SyncMessage.Continued)
            {
                Value = BinaryPrimitives.ReadInt64LittleEndian(record[8..]);
                SecondValue = BinaryPrimitives.ReadInt64LittleEndian(record[16..]);
                return message;
            }
            else
            {
                FollowTo((int)BinaryPrimitives.ReadInt64LittleEndian(record[8..]));
            }
        }
    }

    /// <summary>Lets the process go on.</summary>
    public void Answer() => _ = HostFile.TryWrite(_socket, "+"u8);

    /// <summary>Ends the process and takes its status; for failures.</summary>
    public void Abandon()
    {
        _ = KernelProcess.TrySignal(Process.PidFd, 9);
        _ = KernelProcess.Reap(Process.ProcessId, wait: true, out _);
    }

    /// <summary>Puts a failure record into words.</summary>
    public static HullException FailureOf(SpawnPlan plan, ReadOnlySpan<byte> record)
    {
        ArgumentNullException.ThrowIfNull(plan);
        int step = plan.IndexOf(BinaryPrimitives.ReadUInt64LittleEndian(record[8..]));
        var error = (Errno)BinaryPrimitives.ReadInt32LittleEndian(record[16..]);
        return step < 0
            ? new HullException(ErrorKind.Internal, "The spawn plan failed at an unknown step.")
            : Describe(plan, step, error);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void TakeNote(ReadOnlySpan<byte> record)
    {
        if (_log is not null)
        {
            var note = (SpawnNote)BinaryPrimitives.ReadInt64LittleEndian(record[8..]);
            LaunchLog.Tell(_log, Process.ProcessId, note, BinaryPrimitives.ReadUInt64LittleEndian(record[16..]));
        }
    }

    private static HullException Describe(SpawnPlan plan, int step, Errno error)
    {
        string subject = plan.SubjectOf(step).ToString();
        if (!subject.StartsWith("exec", StringComparison.Ordinal))
        {
            return new StepException(subject, PlanPrinter.NameOf(plan.Steps[step]), error);
        }

        // Docker and containerd look for these words, in this case.
        string text = LinuxException.TextOf(error);
        string said = char.ToLowerInvariant(text[0]) + text[1..];
        return new ProgramException(
            LinuxException.KindOf(error),
            subject.EndsWith("$PATH", StringComparison.Ordinal) ? subject + "."
            : subject.StartsWith("exec:", StringComparison.Ordinal) ? $"{subject}: {said}."
            : $"{subject}: {said}");
    }

    private void FollowTo(int processId)
    {
        // The process is our child (CLONE_PARENT) and not reaped, so the number cannot mean another one.
        FileDescriptor pidFd = KernelProcess.TryOpen(processId, out Errno error)
            ?? throw new LinuxException("pidfd_open", "first process", error);
        SpawnedProcess before = Process;
        Process = new SpawnedProcess(processId, pidFd);
        _ = KernelProcess.Reap(before.ProcessId, wait: true, out _);
        before.PidFd.Dispose();
        Answer();
    }
}
