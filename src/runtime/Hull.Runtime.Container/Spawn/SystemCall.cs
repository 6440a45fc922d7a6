namespace Hull.Runtime.Container.Spawn;

/// <summary>The system calls that plans use, by their x86-64 numbers. Source: asm/unistd_64.h.</summary>
public enum SystemCall
{
#pragma warning disable CS1591 // The names are the kernel's; each has its manual page.
    Read = 0, Write = 1, Close = 3, Fstat = 5, Poll = 7, RtSigaction = 13, RtSigprocmask = 14, Ioctl = 16,
    Dup2 = 33, Getpid = 39, Socket = 41, Sendmsg = 46, Socketpair = 53, Execve = 59, Wait4 = 61, Kill = 62, Fcntl = 72, Getcwd = 79, Chdir = 80, Fchdir = 81,
    Fchown = 93, Umask = 95, Setsid = 112, Setgroups = 116, Setresuid = 117, Setresgid = 119, Capset = 126,
    Personality = 135, Prctl = 157, PivotRoot = 155, Chroot = 161, Mount = 165, Umount2 = 166, Sethostname = 170, Setdomainname = 171,
    SetMempolicy = 238, Keyctl = 250, IoprioSet = 251, Openat = 257, Mkdirat = 258, Mknodat = 259, Fchownat = 260, Newfstatat = 262,
    Unlinkat = 263, Symlinkat = 266, Fchmodat = 268, Faccessat = 269, Faccessat2 = 439, Signalfd4 = 289, Unshare = 272, Dup3 = 292, Fstatfs = 138, ExitGroup = 231,
    Prlimit64 = 302, Setns = 308, SchedSetattr = 314, SchedSetaffinity = 203, SchedGetaffinity = 204, Seccomp = 317, OpenTree = 428, MoveMount = 429, Fsopen = 430, Fsconfig = 431,
    Fsmount = 432, Clone3 = 435, CloseRange = 436, Openat2 = 437, MountSetattr = 442, Copy = 326, Ftruncate = 77,
#pragma warning restore CS1591
}
