using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Spawn;

/// <content>The process itself: its limits, user, capabilities and directory.</content>
public sealed partial class SpawnPlanCompiler
{
    private const ulong SystemAdministration = 1ul << 21;

    private static readonly string[] s_limits =
    [
        "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC", "RLIMIT_NOFILE",
        "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_RTPRIO",
        "RLIMIT_RTTIME",
    ];

    private void BecomeUser()
    {
        JoinCgroup();
        JoinKeyring();
        SetScheduling();
        SetLimits();
        bool seccompNow = !_process.NoNewPrivileges && !_context.SeccompFilter.IsEmpty;
        CapabilityMasks masks = CapabilityMasks.Of(_process.Capabilities, HasUserNamespace ? ~0ul : _context.Host.Permitted);
        if (_process.Capabilities is not null)
        {
            CapabilityMasks.Warn(_context.Log, _process.Capabilities, masks);
        }

        // Who names no capabilities gets none.
        DropBounding(masks.Bounding);

        // Some directories only the container's root may enter, others only the user: the second try is below.
        PlanCell entered = _plan.NewCell();
        PlanCell isThere = _plan.NewCell();
        PlanLabel notYet = _plan.NewLabel();
        _plan.Subject("The working directory '{0}'", _process.Cwd);
        _plan.Call(SystemCall.Chdir, _plan.Text(_process.Cwd)).OnError(notYet);
        _plan.Store(isThere.Address, 1);
        _plan.Mark(notYet);
        ChangeUser();
        SetCapabilities(masks, seccompNow ? SystemAdministration : 0);
        EnterDirectory(entered, isThere);
        _plan.Subject("The process's file mode mask");
        _plan.Call(SystemCall.Umask, _process.User?.Umask ?? 0x12);
    }

    private void JoinCgroup()
    {
        _plan.Subject("The container's cgroup");
        uint self = _plan.Text("0");
        for (int i = 0; i < _context.CgroupFiles.Count; i++)
        {
            _plan.Call(SystemCall.Write, _context.CgroupFiles[i], self, 1);
            _plan.Call(SystemCall.Close, _context.CgroupFiles[i]);
        }

        if (_process.ExecCPUAffinity is null || !IsFurther)
        {
            // The caller's processors are none of the container's business; the kernel limits this to the cgroup's set.
            _plan.Subject("The processors");
            _plan.Call(SystemCall.SchedSetaffinity, 0, 128, _plan.Words(
                ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue,
                ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue))
                .IgnoreErrors();
        }

        if ((_new & Kernel.CloneNewCgroup) != 0)
        {
            _plan.Subject("The cgroup namespace");
            _plan.Call(SystemCall.Unshare, Kernel.CloneNewCgroup);
        }
    }

    private void SetScheduling()
    {
        if (_process.Scheduler is not null || _process.IoPriority is not null || _linux.Personality is not null
            || _linux.MemoryPolicy is not null || (IsFurther && _process.ExecCPUAffinity is not null))
        {
            Scheduling.Add(_plan, _process, _linux, IsFurther);
        }
    }

    private void JoinKeyring()
    {
        if (!_context.NoNewKeyring)
        {
            const int JoinSession = 1;
            _plan.Subject("The session keyring");
            _plan.Call(SystemCall.Keyctl, JoinSession, _plan.Text("_ses." + _context.Id))
                .Ignore(Errno.NoSys).Ignore(Errno.Perm).Ignore(Errno.DQuot);
        }
    }

    private void SetLimits()
    {
        for (int i = 0; i < (_process.Rlimits?.Count ?? 0); i++)
        {
            RlimitSpec limit = _process.Rlimits![i];
            int number = Array.IndexOf(s_limits, limit.Type);
            if (number < 0)
            {
                throw new HullException(ErrorKind.InvalidArgument, $"The resource limit '{limit.Type}' does not exist.");
            }

            _plan.Subject("The resource limit '{0}' (raising one needs CAP_SYS_RESOURCE)", limit.Type);
            _plan.Call(SystemCall.Prlimit64, 0, number, _plan.Words(limit.Soft, limit.Hard), 0);
        }
    }

    private void DropBounding(ulong keep)
    {
        _plan.Subject("The bounding capabilities");
        for (int number = 0; number <= _context.Host.LastCapability; number++)
        {
            if ((keep & (1ul << number)) == 0)
            {
                _plan.Call(SystemCall.Prctl, Kernel.PrDropBounding, number).Ignore(Errno.Inval);
            }
        }
    }

    private void ChangeUser()
    {
        UserSpec user = _process.User ?? new UserSpec();
        bool same = user.Uid == 0 && user.Gid == 0 && (HasUserNamespace || _context.Host.UserId == 0);
        if (!same)
        {
            _plan.Subject("The user '{0}:{1}'", Decimal(user.Uid), Decimal(user.Gid));
            _plan.Call(SystemCall.Prctl, Kernel.PrSetKeepCapabilities, 1);
            _plan.Call(SystemCall.Setresgid, user.Gid, user.Gid, user.Gid);
        }

        _plan.Subject("The additional groups");
        IReadOnlyList<uint> groups = user.AdditionalGids ?? [];
        if (groups.Count > 0)
        {
            uint[] numbers = [.. groups];
            _plan.Call(SystemCall.Setgroups, numbers.Length, _plan.Bytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes<uint>(numbers)));
        }
        else
        {
            // In a user namespace made without privileges setgroups(2) is denied, and there is nothing to drop.
            _plan.Call(SystemCall.Setgroups, 0, 0).Ignore(Errno.Perm);
        }

        if (!same)
        {
            _plan.Subject("The user '{0}:{1}'", Decimal(user.Uid), Decimal(user.Gid));
            _plan.Call(SystemCall.Setresuid, user.Uid, user.Uid, user.Uid);
            _plan.Call(SystemCall.Prctl, Kernel.PrSetParentDeathSignal, Kernel.SigKill);
            Hide();
        }
    }

    private void SetCapabilities(CapabilityMasks masks, ulong until)
    {
        _plan.Subject("The capabilities");
        SetCapabilitySets(masks.Effective | until, masks.Permitted | until, masks.Inheritable);
        _plan.Call(SystemCall.Prctl, Kernel.PrAmbient, Kernel.PrAmbientClear, 0, 0, 0).Ignore(Errno.Inval);
        for (int number = 0; number <= _context.Host.LastCapability; number++)
        {
            if ((masks.Ambient & (1ul << number)) != 0)
            {
                _plan.Call(SystemCall.Prctl, Kernel.PrAmbient, Kernel.PrAmbientRaise, number, 0, 0).Ignore(Errno.Perm);
            }
        }
    }

    private void SetCapabilitySets(ulong effective, ulong permitted, ulong inheritable)
    {
        // struct __user_cap_header_struct (version 3) and two blocks of effective, permitted, inheritable.
        uint header = _plan.Words(0x20080522);
        uint data = _plan.Words(
            (uint)effective | (permitted << 32),
            (uint)inheritable | (effective & 0xffffffff00000000),
            (permitted >> 32) | (inheritable & 0xffffffff00000000));
        _plan.Call(SystemCall.Capset, header, data);
    }

    private void EnterDirectory(PlanCell length, PlanCell isThere)
    {
        if (!_process.Cwd.StartsWith('/'))
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The working directory '{_process.Cwd}' is not absolute.");
        }

        // A directory outside the root would make getcwd(2) answer "(unreachable)..." (CVE-2024-21626).
        _plan.Subject("The working directory '{0}'", _process.Cwd);
        uint buffer = _plan.Scratch(4096);
        PlanLabel entered = _plan.NewLabel();
        _plan.Unless(isThere, 0, entered);
        _plan.Call(SystemCall.Chdir, _plan.Text(_process.Cwd));
        _plan.Mark(entered);
        _plan.Call(SystemCall.Getcwd, buffer, 4096).Into(length);
        _plan.Check(buffer, 0xff, (int)'/', Errno.NoEnt);
    }
}
