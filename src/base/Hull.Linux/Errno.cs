namespace Hull.Linux;

/// <summary>Error numbers of Linux on x86-64 and arm64. Source: errno(3), asm-generic/errno.h.</summary>
public enum Errno
{
    /// <summary>No error.</summary>
    None = 0,

    /// <summary>EPERM: operation not permitted.</summary>
    Perm = 1,

    /// <summary>ENOENT: no such file or directory.</summary>
    NoEnt = 2,

    /// <summary>ESRCH: no such process.</summary>
    Srch = 3,

    /// <summary>EINTR: interrupted by a signal.</summary>
    Intr = 4,

    /// <summary>EIO: input or output error.</summary>
    IO = 5,

    /// <summary>ENXIO: no such device or address.</summary>
    Nxio = 6,

    /// <summary>E2BIG: argument list too long.</summary>
    TooBig = 7,

    /// <summary>ENOEXEC: not an executable format.</summary>
    NoExec = 8,

    /// <summary>EBADF: bad file descriptor.</summary>
    BadF = 9,

    /// <summary>ECHILD: no child processes.</summary>
    Child = 10,

    /// <summary>EAGAIN: try again.</summary>
    Again = 11,

    /// <summary>ENOMEM: out of memory.</summary>
    NoMem = 12,

    /// <summary>EACCES: permission denied.</summary>
    Acces = 13,

    /// <summary>EFAULT: bad address.</summary>
    Fault = 14,

    /// <summary>ENOTBLK: a block device is required.</summary>
    NotBlk = 15,

    /// <summary>EBUSY: device or resource busy.</summary>
    Busy = 16,

    /// <summary>EEXIST: file exists.</summary>
    Exist = 17,

    /// <summary>EXDEV: across file systems.</summary>
    XDev = 18,

    /// <summary>ENODEV: no such device.</summary>
    NoDev = 19,

    /// <summary>ENOTDIR: not a directory.</summary>
    NotDir = 20,

    /// <summary>EISDIR: is a directory.</summary>
    IsDir = 21,

    /// <summary>EINVAL: invalid argument.</summary>
    Inval = 22,

    /// <summary>EMFILE: too many open files in this process.</summary>
    MFile = 24,

    /// <summary>ENOTTY: not a terminal, or a request the device does not know.</summary>
    NotTty = 25,

    /// <summary>ETXTBSY: the program file is being executed or written.</summary>
    TxtBsy = 26,

    /// <summary>EFBIG: file too large.</summary>
    FBig = 27,

    /// <summary>ENOSPC: no space left on the device.</summary>
    NoSpc = 28,

    /// <summary>EROFS: read-only file system.</summary>
    RoFs = 30,

    /// <summary>EPIPE: broken pipe.</summary>
    Pipe = 32,

    /// <summary>ERANGE: result out of range.</summary>
    Range = 34,

    /// <summary>ENAMETOOLONG: file name too long.</summary>
    NameTooLong = 36,

    /// <summary>ENOSYS: the kernel has no such call.</summary>
    NoSys = 38,

    /// <summary>ENOTEMPTY: directory not empty.</summary>
    NotEmpty = 39,

    /// <summary>ELOOP: too many symbolic links, or one where none is allowed.</summary>
    Loop = 40,

    /// <summary>ENODATA: no such attribute.</summary>
    NoData = 61,

    /// <summary>EOVERFLOW: value too large.</summary>
    Overflow = 75,

    /// <summary>EOPNOTSUPP: operation not supported.</summary>
    OpNotSupp = 95,

    /// <summary>EADDRINUSE: address in use.</summary>
    AddrInUse = 98,

    /// <summary>ECONNRESET: connection reset by the peer.</summary>
    ConnReset = 104,

    /// <summary>ETIMEDOUT: timed out.</summary>
    TimedOut = 110,

    /// <summary>ECONNREFUSED: connection refused.</summary>
    ConnRefused = 111,

    /// <summary>EINPROGRESS: operation now in progress.</summary>
    InProgress = 115,

    /// <summary>EDQUOT: disk quota exceeded.</summary>
    DQuot = 122,
}
