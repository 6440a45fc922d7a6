namespace Hull.Runtime.Security;

/// <summary>A part of root's power; the value is the kernel's bit number.</summary>
/// <remarks>Source: capabilities(7), linux/capability.h.</remarks>
public enum Capability
{
    /// <summary><c>CAP_CHOWN</c>: change owners of files.</summary>
    Chown = 0,

    /// <summary><c>CAP_DAC_OVERRIDE</c>: ignore file permissions.</summary>
    DacOverride = 1,

    /// <summary><c>CAP_DAC_READ_SEARCH</c>: read files and search directories whatever their permissions.</summary>
    DacReadSearch = 2,

    /// <summary><c>CAP_FOWNER</c>: act on files of other owners as their owner.</summary>
    Fowner = 3,

    /// <summary><c>CAP_FSETID</c>: keep set-id bits when a file changes.</summary>
    Fsetid = 4,

    /// <summary><c>CAP_KILL</c>: signal any process.</summary>
    Kill = 5,

    /// <summary><c>CAP_SETGID</c>: change group ids.</summary>
    Setgid = 6,

    /// <summary><c>CAP_SETUID</c>: change user ids.</summary>
    Setuid = 7,

    /// <summary><c>CAP_SETPCAP</c>: change capability sets.</summary>
    Setpcap = 8,

    /// <summary><c>CAP_LINUX_IMMUTABLE</c>: change immutable and append-only attributes.</summary>
    LinuxImmutable = 9,

    /// <summary><c>CAP_NET_BIND_SERVICE</c>: bind to ports below 1024.</summary>
    NetBindService = 10,

    /// <summary><c>CAP_NET_BROADCAST</c>: broadcast and listen to multicast.</summary>
    NetBroadcast = 11,

    /// <summary><c>CAP_NET_ADMIN</c>: configure networks.</summary>
    NetAdmin = 12,

    /// <summary><c>CAP_NET_RAW</c>: open raw and packet sockets.</summary>
    NetRaw = 13,

    /// <summary><c>CAP_IPC_LOCK</c>: lock memory.</summary>
    IpcLock = 14,

    /// <summary><c>CAP_IPC_OWNER</c>: ignore permissions of System V objects.</summary>
    IpcOwner = 15,

    /// <summary><c>CAP_SYS_MODULE</c>: load and unload kernel modules.</summary>
    SysModule = 16,

    /// <summary><c>CAP_SYS_RAWIO</c>: access I/O ports and raw devices.</summary>
    SysRawio = 17,

    /// <summary><c>CAP_SYS_CHROOT</c>: call chroot(2).</summary>
    SysChroot = 18,

    /// <summary><c>CAP_SYS_PTRACE</c>: trace any process.</summary>
    SysPtrace = 19,

    /// <summary><c>CAP_SYS_PACCT</c>: configure process accounting.</summary>
    SysPacct = 20,

    /// <summary><c>CAP_SYS_ADMIN</c>: mount, and much else.</summary>
    SysAdmin = 21,

    /// <summary><c>CAP_SYS_BOOT</c>: reboot and load kernels.</summary>
    SysBoot = 22,

    /// <summary><c>CAP_SYS_NICE</c>: raise priority, set policies and affinities of others.</summary>
    SysNice = 23,

    /// <summary><c>CAP_SYS_RESOURCE</c>: exceed resource limits.</summary>
    SysResource = 24,

    /// <summary><c>CAP_SYS_TIME</c>: set the clock.</summary>
    SysTime = 25,

    /// <summary><c>CAP_SYS_TTY_CONFIG</c>: configure terminals.</summary>
    SysTtyConfig = 26,

    /// <summary><c>CAP_MKNOD</c>: make device nodes.</summary>
    Mknod = 27,

    /// <summary><c>CAP_LEASE</c>: take leases on files.</summary>
    Lease = 28,

    /// <summary><c>CAP_AUDIT_WRITE</c>: write records to the audit log.</summary>
    AuditWrite = 29,

    /// <summary><c>CAP_AUDIT_CONTROL</c>: configure auditing.</summary>
    AuditControl = 30,

    /// <summary><c>CAP_SETFCAP</c>: set file capabilities.</summary>
    Setfcap = 31,

    /// <summary><c>CAP_MAC_OVERRIDE</c>: override mandatory access control.</summary>
    MacOverride = 32,

    /// <summary><c>CAP_MAC_ADMIN</c>: configure mandatory access control.</summary>
    MacAdmin = 33,

    /// <summary><c>CAP_SYSLOG</c>: privileged syslog(2) operations.</summary>
    Syslog = 34,

    /// <summary><c>CAP_WAKE_ALARM</c>: set timers that wake the machine.</summary>
    WakeAlarm = 35,

    /// <summary><c>CAP_BLOCK_SUSPEND</c>: keep the machine from suspending.</summary>
    BlockSuspend = 36,

    /// <summary><c>CAP_AUDIT_READ</c>: read the audit log.</summary>
    AuditRead = 37,

    /// <summary><c>CAP_PERFMON</c>: monitor performance.</summary>
    Perfmon = 38,

    /// <summary><c>CAP_BPF</c>: use privileged BPF operations.</summary>
    Bpf = 39,

    /// <summary><c>CAP_CHECKPOINT_RESTORE</c>: checkpoint and restore processes.</summary>
    CheckpointRestore = 40,
}
