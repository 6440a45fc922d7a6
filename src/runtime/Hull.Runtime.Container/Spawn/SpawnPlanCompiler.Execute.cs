using Hull.Linux;

namespace Hull.Runtime.Container.Spawn;

/// <content>The end of the plan: find the program, wait for start, close the doors, execute.</content>
public sealed partial class SpawnPlanCompiler
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private void WaitAndExecute()
    {
        if (_spec.Process is null)
        {
            WaitAndExit();
            return;
        }

        IReadOnlyList<string> arguments = _process.Args is { Count: > 0 } given ? given : throw new HullException(
            ErrorKind.InvalidArgument, "The process has no arguments: args must name the program to run.");
        uint argumentTable = _plan.TextTable(arguments);
        uint environment = _plan.TextTable(ProcessEnvironment.Complete(_process.Env, _context.Home));
        PlanCell program = _plan.NewCell();
        FindProgram(_context.Program ?? arguments[0], program);

        CloseOthers();
        _plan.Subject("The handshake with the parent");
        Synchronize(SyncMessage.Ready, _context.SyncSocket, _context.SyncSocket);
        _plan.Call(SystemCall.Prctl, Kernel.PrSetParentDeathSignal, 0);
        if (HasSeccompListener)
        {
            // The listener goes through the parent, which is gone once the process waits for start.
            SetNoNewPrivileges();
            InstallSeccomp();
        }

        WaitForStart();
        RunStartHooks();
        SetLabel();
        if (!HasSeccompListener)
        {
            SetNoNewPrivileges();
        }

        HandDescriptors();
        KeepDescriptors();
        if (!HasSeccompListener)
        {
            // As late as can be: every call from here on needs the container's own permission.
            InstallSeccomp();
        }

        _plan.Subject("exec {0}", _context.Program ?? arguments[0]);
        _plan.Call(SystemCall.Execve, program, argumentTable, environment);
    }

    private void WaitAndExit()
    {
        _plan.Subject("The handshake with the parent");
        Synchronize(SyncMessage.Ready, _context.SyncSocket, _context.SyncSocket);
        _plan.Call(SystemCall.Prctl, Kernel.PrSetParentDeathSignal, 0);
        WaitForStart();
        _plan.Subject("The end of a container without a process");
        _plan.Call(SystemCall.ExitGroup, 0);
    }

    private bool HasSeccompListener => !_context.SeccompFilter.IsEmpty && (_context.SeccompFlags & Kernel.SeccompNewListener) != 0;

    private void SetNoNewPrivileges()
    {
        if (_process.NoNewPrivileges)
        {
            _plan.Subject("The setting 'noNewPrivileges'");
            _plan.Call(SystemCall.Prctl, Kernel.PrSetNoNewPrivileges, 1, 0, 0, 0);
        }
    }

    private void WaitForStart()
    {
        if (_context.StartPipe < 0)
        {
            return;
        }

        // From here on the parent is gone: failures go to whoever starts the container.
        _plan.Subject("The wait for start");
        if (StaysTraceable && !_context.SeccompFilter.IsEmpty && !HasSeccompListener)
        {
            // Whoever joins the container meanwhile has the filter already, and must not get round it through this process.
            _plan.Call(SystemCall.Prctl, Kernel.PrSetDumpable, 0);
        }

        if (HasSeccompListener)
        {
            LeaveParent();
        }
        else
        {
            WaitForSignals();
        }

        _plan.Call(SystemCall.Read, _context.StartPipe, _plan.Scratch(8), 1).Into(_answer);
        _plan.Check(_answer.Address, ulong.MaxValue, 1, Errno.Pipe);
    }

    private void LeaveParent()
    {
        _plan.Store(SpawnLayout.Variables + SpawnLayout.ReportDescriptorOffset, _context.ReportPipe);
        _plan.Call(SystemCall.Close, _context.SyncSocket);
    }

    // As the first process of a pid namespace this one would not notice a signal that ends others: it has no handlers.
    // A filter with a listener is in force by now and may forbid the calls; then only SIGKILL ends the wait.
    private void WaitForSignals()
    {
        const int Block = 0;
        const int Unblock = 1;
        const int PollIn = 1;
        const int EndedByTerminate = 128 + 15;
        uint signals = _plan.Words((1 << (1 - 1)) | (1 << (2 - 1)) | (1 << (3 - 1)) | (1 << (15 - 1)));
        PlanCell signal = _plan.NewCell();
        PlanLabel started = _plan.NewLabel();
        _plan.Call(SystemCall.RtSigprocmask, Block, signals, 0, 8);
        _plan.Call(SystemCall.Signalfd4, -1, signals, 8, Kernel.OCloseOnExec).Into(signal);

        // Two struct pollfd: the descriptor, then the events asked for and those that happened.
        uint polled = _plan.Variable(stackalloc byte[16]);
        _plan.Store(polled, _context.StartPipe, width: 4);
        _plan.Store(polled + 4, PollIn, width: 4);
        _plan.Store(polled + 8, signal, width: 4);
        _plan.Store(polled + 12, PollIn, width: 4);

        // Whoever made the container may signal it from here on.
        LeaveParent();
        _plan.Call(SystemCall.Poll, polled, 2, -1);
        _plan.Check(polled + 8, 0xffff_0000_0000_0000, 0, Errno.Intr).Then(started).OnError(PlanBuilder.Following);
        _plan.Call(SystemCall.ExitGroup, EndedByTerminate);
        _plan.Mark(started);
        _plan.Close(signal);
        _plan.Call(SystemCall.RtSigprocmask, Unblock, signals, 0, 8);
    }

    // What waits for start may wait for days: it holds nothing of the caller's but what it is to keep.
    private void CloseOthers()
    {
        if (_context.StartPipe < 0)
        {
            return;
        }

        List<int> kept = [_context.SyncSocket, _context.StartPipe, _context.ReportPipe];
        for (int i = 0; i < _context.PreservedDescriptors; i++)
        {
            kept.Add(3 + i);
        }

        kept.Sort();
        _plan.Subject("The caller's descriptors");
        if (_labelText is not null)
        {
            // Its number is known only to the process: a copy with a number that is known here takes its place.
            int label = kept[^1] + 1;
            PlanLabel same = _plan.NewLabel();
            _plan.Call(SystemCall.Dup3, _labelFile, label, Kernel.OCloseOnExec).On(Errno.Inval, same);
            _plan.Mark(same);
            _plan.Store(_labelFile.Address, label);
            kept.Add(label);
        }

        int next = 3;
        foreach (int descriptor in kept)
        {
            if (descriptor > next)
            {
                _plan.Call(SystemCall.CloseRange, next, descriptor - 1, 0);
            }

            next = Math.Max(next, descriptor + 1);
        }

        _plan.Call(SystemCall.CloseRange, next, uint.MaxValue, 0);
    }

    private void RunStartHooks()
    {
        if (HasHooks(_spec.Hooks?.StartContainer))
        {
            _plan.Subject("The startContainer hooks");
            if (StaysTraceable)
            {
                _plan.Call(SystemCall.Prctl, Kernel.PrSetDumpable, 1);
            }

            bool waits = _context.StartPipe >= 0;
            Synchronize(
                SyncMessage.StartHooks, waits ? _context.ReportPipe : _context.SyncSocket,
                waits ? _context.StartPipe : _context.SyncSocket);
        }
    }

    // All sources and the way to report failures go out of the targets' way before the first target is overwritten.
    private void HandDescriptors()
    {
        const int OutOfTheWay = 256;
        if (_context.Further.Count == 0)
        {
            return;
        }

        _plan.Subject("The handed descriptors");
        PlanCell report = _plan.NewCell();
        _plan.Call(SystemCall.Fcntl, _context.SyncSocket, Kernel.FDuplicateCloseOnExec, OutOfTheWay).Into(report);
        _plan.Store(SpawnLayout.Variables + SpawnLayout.ReportDescriptorOffset, report, width: 4);
        var copies = new PlanCell[_context.Further.Count];
        for (int i = 0; i < copies.Length; i++)
        {
            copies[i] = _plan.NewCell();
            _plan.Call(SystemCall.Fcntl, _context.Further[i], Kernel.FDuplicateCloseOnExec, OutOfTheWay).Into(copies[i]);
        }

        for (int i = 0; i < copies.Length; i++)
        {
            _plan.Call(SystemCall.Dup3, copies[i], 3 + i, 0);
        }
    }

    private void KeepDescriptors()
    {
        _plan.Subject("The preserved descriptors");
        for (int i = 0; i < _context.PreservedDescriptors; i++)
        {
            _plan.Call(SystemCall.Fcntl, 3 + i, Kernel.FSetFd, 0);
        }
    }

    private void FindProgram(string name, PlanCell program)
    {
        PlanLabel found = _plan.NewLabel();
        if (name.Contains('/', StringComparison.Ordinal))
        {
            _plan.Subject("exec: \"{0}\"", name);
            uint path = _plan.Text(name);
            CheckProgram(path, null);
            _plan.Store(program.Address, path);
            return;
        }

        _plan.Subject("exec: \"{0}\": executable file not found in $PATH", name);
        foreach (string directory in SearchPath().Split(':'))
        {
            if (name.Length == 0)
            {
                break;
            }

            PlanLabel next = _plan.NewLabel();
            uint path = _plan.Text((directory.Length == 0 ? "." : directory) + "/" + name);
            CheckProgram(path, next);
            _plan.Store(program.Address, path).Then(found);
            _plan.Mark(next);
        }

        _plan.Check(SpawnLayout.Variables, 0, 1, Errno.NoEnt);
        _plan.Mark(found);
    }

    private void CheckProgram(uint path, PlanLabel? otherwise)
    {
        uint status = _plan.Scratch(256);
        PlanStep stat = _plan.Call(SystemCall.Newfstatat, Kernel.AtFdCwd, path, status, 0);
        if (otherwise is PlanLabel next)
        {
            stat.OnError(next);
        }

        // Masks and wanted values are chosen so that a directory fails with EACCES, as execve(2) would.
        PlanLabel notDirectory = _plan.NewLabel();
        _plan.Check(status + 24, Kernel.ModeTypeMask, Kernel.ModeDirectory, Errno.Acces).OnError(notDirectory);
        PlanStep refuse = _plan.Check(SpawnLayout.Variables, 0, 1, Errno.Acces);
        if (otherwise is PlanLabel nextAgain)
        {
            refuse.OnError(nextAgain);
        }

        _plan.Mark(notDirectory);

        // Capabilities count here, as for execve(2); the call for kernels before 5.8 asks without them.
        PlanLabel asked = _plan.NewLabel();
        PlanStep effective = _plan.Call(SystemCall.Faccessat2, Kernel.AtFdCwd, path, 1, Kernel.AtEffectiveAccess)
            .Then(asked).Ignore(Errno.NoSys);
        if (otherwise is PlanLabel unusable)
        {
            effective.OnError(unusable);
        }

        PlanStep access = _plan.Call(SystemCall.Faccessat, Kernel.AtFdCwd, path, 1);
        if (otherwise is PlanLabel last)
        {
            access.OnError(last);
        }

        _plan.Mark(asked);
    }

    private string SearchPath()
    {
        for (int i = 0; i < (_process.Env?.Count ?? 0); i++)
        {
            if (_process.Env![i].StartsWith("PATH=", StringComparison.Ordinal))
            {
                return _process.Env[i]["PATH=".Length..];
            }
        }

        return DefaultPath;
    }

    private void PrepareLabel()
    {
        // Later on the root is the container's: the host's procfs is opened and verified while it is there.
        // A kernel that does not use the security module has no profiles to enter: the label then means nothing, as for crun.
        if (!string.IsNullOrEmpty(_process.ApparmorProfile) && _context.Host.HasAppArmor)
        {
            _labelSubject = $"The AppArmor profile '{_process.ApparmorProfile}'";
            _labelPath = _context.Host.IsDirectory("/proc/self/attr/apparmor") is true ? "self/attr/apparmor/exec" : "self/attr/exec";
            _labelText = "exec " + _process.ApparmorProfile;
        }
        else if (!string.IsNullOrEmpty(_process.SelinuxLabel) && _context.Host.IsDirectory("/sys/fs/selinux") is true)
        {
            _labelSubject = $"The SELinux label '{_process.SelinuxLabel}'";
            _labelPath = "self/attr/exec";
            _labelText = _process.SelinuxLabel;
        }
        else
        {
            return;
        }

        uint status = _plan.Scratch(256);
        _plan.Subject("{0}", _labelSubject);
        _hostProc = _plan.NewCell();
        _plan.Call(
            SystemCall.Openat, Kernel.AtFdCwd, _plan.Text("/proc"), Kernel.OPath | Kernel.ODirectory | Kernel.OCloseOnExec).Into(_hostProc);
        _plan.Call(SystemCall.Fstatfs, _hostProc, status);
        _plan.Check(status, ulong.MaxValue, Kernel.ProcMagic, Errno.Perm);
    }

    // The kernel takes a label only from the very process that opened the file, so it is opened by the one that goes on in
    // the pid namespace, and through the procfs that was verified, never through a name that the container has a say in.
    private void OpenLabel()
    {
        if (_labelPath is null)
        {
            return;
        }

        _plan.Subject("{0}", _labelSubject);
        _labelFile = _plan.NewCell();
        _plan.Call(SystemCall.Openat, _hostProc, _plan.Text(_labelPath), Kernel.OWriteOnly | Kernel.OCloseOnExec).Into(_labelFile);
        _plan.Close(_hostProc);
    }

    private void SetLabel()
    {
        if (_labelText is not null)
        {
            _plan.Subject("{0}", _labelSubject);
            _plan.Call(SystemCall.Write, _labelFile, _plan.Text(_labelText), System.Text.Encoding.UTF8.GetByteCount(_labelText));
            _plan.Close(_labelFile);
        }
    }

    private void InstallSeccomp()
    {
        if (_context.SeccompFilter.IsEmpty)
        {
            return;
        }

        const int SetModeFilter = 1;
        const int FilterBytes = 8;
        _plan.Subject("The seccomp filter");
        uint filter = _plan.Bytes(_context.SeccompFilter.Span);
        uint program = _plan.Words((ulong)(_context.SeccompFilter.Length / FilterBytes), filter);
        PlanCell listener = _plan.NewCell();
        PlanStep step = _plan.Call(SystemCall.Seccomp, SetModeFilter, _context.SeccompFlags, program);
        if (HasSeccompListener)
        {
            step.Into(listener);
            HandOverListener(listener);
        }

        if (!_process.NoNewPrivileges)
        {
            // CAP_SYS_ADMIN was kept only for the call above.
            CapabilityMasks masks = CapabilityMasks.Of(_process.Capabilities, HasUserNamespace ? ~0ul : _context.Host.Permitted);
            SetCapabilitySets(masks.Effective, masks.Permitted, masks.Inheritable);
        }
    }

    private void HandOverListener(PlanCell listener)
    {
        // The parent takes the descriptor out of this process (pidfd_getfd(2)): the filter may forbid sendmsg(2), and of
        // the calls here only write(2) must never wait for the agent, which has nothing to listen to yet.
        Span<byte> record = stackalloc byte[24];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)SyncMessage.SeccompListener);
        uint message = _plan.Variable(record);
        _plan.Store(message + 8, listener);
        _plan.Call(SystemCall.Write, _context.SyncSocket, message, record.Length);
        _plan.Call(SystemCall.Read, _context.SyncSocket, _plan.Scratch(8), 1).Into(_answer);
        _plan.Check(_answer.Address, ulong.MaxValue, 1, Errno.Pipe);
        _plan.Close(listener);
    }

    private PlanCell _hostProc;
    private PlanCell _labelFile;
    private string _labelSubject = "";
    private string? _labelPath;
    private string? _labelText;
}
