using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Spawn;

/// <content>Namespaces: which are new, which are joined, and in which order.</content>
public sealed partial class SpawnPlanCompiler
{
    private const ulong Tracing = 1ul << 19; // CAP_SYS_PTRACE

    /// <summary>The CLONE_NEW* flag of a namespace's name in the specification.</summary>
    /// <exception cref="HullException">There is no such namespace.</exception>
    public static ulong FlagOf(string type) => type switch
    {
        "pid" => Kernel.CloneNewPid,
        "network" => Kernel.CloneNewNet,
        "mount" => Kernel.CloneNewNs,
        "ipc" => Kernel.CloneNewIpc,
        "uts" => Kernel.CloneNewUts,
        "user" => Kernel.CloneNewUser,
        "cgroup" => Kernel.CloneNewCgroup,
        "time" => Kernel.CloneNewTime,
        _ => throw new HullException(
            ErrorKind.InvalidArgument,
            $"The namespace type '{type}' does not exist: use pid, network, mount, ipc, uts, user, cgroup or time."),
    };

    private void ReadNamespaces()
    {
        IReadOnlyList<NamespaceSpec> all = _linux.Namespaces ?? [];
        ulong seen = 0;
        for (int i = 0; i < all.Count; i++)
        {
            ulong flag = FlagOf(all[i].Type);
            if ((seen & flag) != 0)
            {
                throw new HullException(ErrorKind.InvalidArgument, $"The namespace '{all[i].Type}' is listed twice.");
            }

            seen |= flag;
            if (string.IsNullOrEmpty(all[i].Path))
            {
                _new |= flag;
            }
            else
            {
                _joined |= flag;
            }
        }
    }

    private void EnterNamespaces()
    {
        // The cgroup namespace is made once the process is in its cgroup. The time namespace cannot be made by a clone
        // that shares memory. Without a user namespace the clone itself makes all others; with one it must come first,
        // and executing an image in a user namespace without id maps would lose the capabilities: so the image does it.
        const ulong Late = Kernel.CloneNewCgroup | Kernel.CloneNewTime;
        ulong byClone = HasUserNamespace || (_joined & Kernel.CloneNewPid) != 0 ? 0 : _new & ~Late;
        _plan.Namespaces = byClone;
        OpenTimeOffsets();
        if (!HasUserNamespace)
        {
            _plan.Call(SystemCall.Prctl, Kernel.PrSetDumpable, 0);
        }

        JoinNamespaces();
        if ((_new & Kernel.CloneNewUser) != 0)
        {
            MakeUserNamespace();
        }

        // Before the change of user: with that the process's files in /proc go to the host's root.
        if ((_new & Kernel.CloneNewTime) != 0)
        {
            MakeTimeNamespace();
        }

        if (HasUserNamespace)
        {
            BecomeNamespaceRoot();
        }

        ulong byUnshare = _new & ~byClone & ~Late & ~(Kernel.CloneNewUser | Kernel.CloneNewPid);
        if (byUnshare != 0)
        {
            _plan.Subject("The new namespaces");
            _plan.Call(SystemCall.Unshare, byUnshare);
        }

        if (((_new & ~byClone) | _joined) is ulong rest && (rest & Kernel.CloneNewPid) != 0)
        {
            ContinueInPidNamespace();
        }

        OpenLabel();
        Note(SpawnNote.Inside);
        NameHost();
        MoveNetworkDevices();
        if (HasHooks(_spec.Hooks?.Prestart) || HasHooks(_spec.Hooks?.CreateRuntime))
        {
            _plan.Subject("The createRuntime hooks");
            Synchronize(SyncMessage.RuntimeHooks, _context.SyncSocket, _context.SyncSocket);
        }
    }

    // Interfaces are moved by the parent, which sees them. The socket through which it configures them afterwards is made
    // here, where it belongs to the container's namespace: so no thread of the parent ever has to enter that.
    private void MoveNetworkDevices()
    {
        if (_linux.NetDevices is not { Count: > 0 })
        {
            return;
        }

        const int Netlink = 16;
        const int RawCloseOnExec = 3 | 0x80000;
        NetworkDevices.Check(_linux, ((_new | _joined) & Kernel.CloneNewNet) != 0, _context.Host.UserId == 0);
        _plan.Subject("The network devices");
        PlanCell socket = _plan.NewCell();
        _plan.Call(SystemCall.Socket, Netlink, RawCloseOnExec, 0).Into(socket);
        Span<byte> record = stackalloc byte[24];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)SyncMessage.NetworkDevices);
        uint message = _plan.Variable(record);
        _plan.Store(message + 8, socket);
        _plan.Call(SystemCall.Write, _context.SyncSocket, message, record.Length);
        _plan.Call(SystemCall.Read, _context.SyncSocket, _plan.Scratch(8), 1).Into(_answer);
        _plan.Check(_answer.Address, ulong.MaxValue, 1, Errno.Pipe);
        _plan.Close(socket);
    }

    private void EnterContainer()
    {
        // From its first moment inside, the container's processes see this one: they must not trace it or use its files.
        _joined = _context.ContainerNamespaces;
        _plan.Subject("The container's namespaces");
        _plan.Call(SystemCall.Prctl, Kernel.PrSetDumpable, 0);
        if (_joined != 0)
        {
            _plan.Call(SystemCall.Setns, _plan.Inherit(_context.ContainerProcess), _joined);
        }

        if (_context.ContainerRoot >= 0)
        {
            _plan.Call(SystemCall.Fchdir, _plan.Inherit(_context.ContainerRoot));
            _plan.Call(SystemCall.Chroot, _plan.Text("."));
            _plan.Call(SystemCall.Chdir, _plan.Text("/"));
        }

        if (HasUserNamespace)
        {
            BecomeNamespaceRoot();
        }

        if ((_joined & Kernel.CloneNewPid) != 0)
        {
            ContinueInPidNamespace();
        }

        OpenLabel();
        Note(SpawnNote.Inside);
    }

    private static bool HasHooks(IReadOnlyList<HookSpec>? hooks) => hooks is { Count: > 0 };

    private void JoinNamespaces()
    {
        // With the caller's power all may be joined that any user namespace owns; without it the user namespace gives the
        // right to those it owns. So all are tried before it, and what was refused again after it. The mount namespace last.
        bool hasUser = (_joined & Kernel.CloneNewUser) != 0;
        PlanCell[] joined = new PlanCell[_context.Joined.Count];
        for (int i = 0; hasUser && i < joined.Length; i++)
        {
            if ((_context.Joined[i].Flag & (Kernel.CloneNewUser | Kernel.CloneNewNs)) == 0)
            {
                joined[i] = _plan.NewCell();
                PlanLabel refused = _plan.NewLabel();
                Join(_context.Joined[i]).On(Errno.Perm, refused);
                _plan.Store(joined[i].Address, 1);
                _plan.Mark(refused);
            }
        }

        JoinAll(Kernel.CloneNewUser);
        for (int i = 0; i < joined.Length; i++)
        {
            if ((_context.Joined[i].Flag & (Kernel.CloneNewUser | Kernel.CloneNewNs)) == 0)
            {
                PlanLabel done = _plan.NewLabel();
                if (hasUser)
                {
                    _plan.Unless(joined[i], 0, done);
                }

                _ = Join(_context.Joined[i]);
                _plan.Mark(done);
            }
        }

        JoinAll(Kernel.CloneNewNs);
    }

    private void JoinAll(ulong flag)
    {
        for (int i = 0; i < _context.Joined.Count; i++)
        {
            if (_context.Joined[i].Flag == flag)
            {
                _ = Join(_context.Joined[i]);
            }
        }
    }

    private PlanStep Join(JoinedNamespace joined)
    {
        _plan.Subject("The {0} namespace '{1}'", joined.Type, joined.Path);
        return _plan.Call(SystemCall.Setns, _plan.Inherit(joined.Descriptor), joined.Flag);
    }

    private void MakeUserNamespace()
    {
        _plan.Subject("The user namespace");
        _plan.Call(SystemCall.Unshare, Kernel.CloneNewUser);
        _plan.Subject("The user namespace's id mappings");
        Synchronize(SyncMessage.MapIds, _context.SyncSocket, _context.SyncSocket);
    }

    private void BecomeNamespaceRoot()
    {
        _plan.Subject("The user namespace's root user");
        _plan.Call(SystemCall.Setresgid, 0, 0, 0);
        _plan.Call(SystemCall.Setgroups, 0, 0).IgnoreErrors();
        _plan.Call(SystemCall.Setresuid, 0, 0, 0);

        // A change of user clears the signal that ends this process with its parent.
        _plan.Call(SystemCall.Prctl, Kernel.PrSetParentDeathSignal, Kernel.SigKill);
        Hide();
    }

    /// <summary>
    /// Whether a parent without the capability to trace needs this process traceable: the kernel lets it take descriptors
    /// and join namespaces only then. In a user namespace that is new nobody else is who could use it.
    /// </summary>
    private bool StaysTraceable => !IsFurther && (_new & Kernel.CloneNewUser) != 0 && (_context.Host.Permitted & Tracing) == 0;

    // Other processes of the same user must not trace this one or use its files. A change of user has hidden it already.
    private void Hide() => _plan.Call(SystemCall.Prctl, Kernel.PrSetDumpable, StaysTraceable ? 1 : 0);

    // The file belongs to the host's root as soon as the process is not dumpable, and the kernel asks who opened it, not
    // who writes: it is opened while the process is still the caller's.
    private void OpenTimeOffsets()
    {
        if ((_new & Kernel.CloneNewTime) != 0 && _linux.TimeOffsets is { Count: > 0 })
        {
            _plan.Subject("The time offsets");
            _timeOffsets = OpenProcFile("/proc/self/timens_offsets");
        }
    }

    private void MakeTimeNamespace()
    {
        _plan.Subject("The time namespace");
        _plan.Call(SystemCall.Unshare, Kernel.CloneNewTime);
        if (_linux.TimeOffsets is { Count: > 0 } offsets)
        {
            foreach ((string clock, TimeOffsetSpec offset) in offsets)
            {
                string line = $"{clock} {Decimal(offset.Secs)} {Decimal(offset.Nanosecs)}";
                _plan.Subject("The time offset '{0}'", line);
                _plan.Call(SystemCall.Write, _timeOffsets, _plan.Text(line), line.Length);
            }

            _plan.Close(_timeOffsets);
        }

        PlanCell file = _plan.NewCell();
        _plan.Call(
            SystemCall.Openat, Kernel.AtFdCwd, _plan.Text("/proc/self/ns/time_for_children"), Kernel.OReadOnly | Kernel.OCloseOnExec).Into(file);
        _plan.Call(SystemCall.Setns, file, Kernel.CloneNewTime);
        _plan.Close(file);
    }

    private void ContinueInPidNamespace()
    {
        // A process cannot change its own pid namespace: its child, made a child of our parent, goes on.
        _plan.Subject("The first process of the pid namespace");
        PlanCell child = _plan.NewCell();
        PlanLabel goesOn = _plan.NewLabel();
        ulong flags = Kernel.CloneParent | (_new & Kernel.CloneNewPid);
        uint arguments = _plan.Words(flags, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        uint report = _plan.Variable(stackalloc byte[24]);
        _plan.Call(SystemCall.Clone3, arguments, 88).Into(child);
        _plan.Check(child.Address, ulong.MaxValue, 0, Errno.Inval).Then(goesOn).OnError(PlanBuilder.Following);
        _plan.Store(report, (int)SyncMessage.Continued);
        _plan.Store(report + 8, child);
        _plan.Call(SystemCall.Write, _context.SyncSocket, report, 24);
        _plan.Call(SystemCall.ExitGroup, 0);
        _plan.Mark(goesOn);
        _plan.Call(SystemCall.Read, _context.SyncSocket, _plan.Scratch(8), 1).Into(_answer);
        _plan.Check(_answer.Address, ulong.MaxValue, 1, Errno.Pipe);
        _plan.Call(SystemCall.Prctl, Kernel.PrSetParentDeathSignal, Kernel.SigKill);
        _plan.Call(SystemCall.Setsid).IgnoreErrors();
        if (HasUserNamespace)
        {
            Hide();
        }
    }

    private void NameHost()
    {
        if (!string.IsNullOrEmpty(_spec.Hostname))
        {
            _plan.Subject("The host name '{0}'", _spec.Hostname);
            RequireUts("hostname");
            _plan.Call(SystemCall.Sethostname, _plan.Text(_spec.Hostname), System.Text.Encoding.UTF8.GetByteCount(_spec.Hostname));
        }

        if (!string.IsNullOrEmpty(_spec.Domainname))
        {
            _plan.Subject("The domain name '{0}'", _spec.Domainname);
            RequireUts("domainname");
            _plan.Call(SystemCall.Setdomainname, _plan.Text(_spec.Domainname), System.Text.Encoding.UTF8.GetByteCount(_spec.Domainname));
        }
    }

    private void RequireUts(string member)
    {
        if ((Separate & Kernel.CloneNewUts) == 0)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The member '{member}' needs a uts namespace of the container's own.");
        }
    }

    /// <summary>The namespaces that are not this process's: one that is joined by its path may be the host's all the same.</summary>
    private ulong Separate
    {
        get
        {
            ulong separate = _new | _joined;
            for (int i = 0; i < _context.Joined.Count; i++)
            {
                separate &= _context.Joined[i].IsOwn ? ~_context.Joined[i].Flag : ~0ul;
            }

            return separate;
        }
    }

    private PlanCell _timeOffsets;
}
