using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>A system call failed: which one, on what, and why.</summary>
public sealed class LinuxException : HullException
{
    // lowerdir+, by which overlay roots are mounted: fs/overlayfs/params.c.
    private const string OldestKernel = "6.5";

    /// <summary>Creates the failure of one call.</summary>
    /// <param name="call">The call as the manual spells it: <c>openat2</c>.</param>
    /// <param name="subject">What it was called on: a path, a name; shown quoted.</param>
    /// <param name="error">Its error number.</param>
    public LinuxException(string call, string subject, Errno error)
        : base(KindOf(error), $"{call} '{subject}' failed: {ReasonOf(error)} (errno {(int)error}).")
    {
        Call = call;
        Error = error;
    }

    /// <summary>The call that failed, as the manual spells it.</summary>
    public string Call { get; }

    /// <summary>Why it failed.</summary>
    public Errno Error { get; }

    /// <summary>The failure of the call made in the statement before.</summary>
    public static LinuxException Last(string call, string subject) => new(call, subject, (Errno)Marshal.GetLastPInvokeError());

    /// <summary>The C library's sentence for an error number, without a full stop.</summary>
    public static string TextOf(Errno error) => Marshal.GetPInvokeErrorMessage((int)error);

    /// <summary>As <see cref="TextOf"/> for a call of Hull's own: says what to do where the kernel lacks it.</summary>
    public static string ReasonOf(Errno error) => error == Errno.NoSys
        ? $"this kernel does not have the call, or a filter forbids it: Hull needs Linux {OldestKernel} or newer"
        : TextOf(error);

    /// <summary>The kind of failure an error number stands for at Hull's edges.</summary>
    public static ErrorKind KindOf(Errno error) => error switch
    {
        Errno.NoEnt or Errno.Srch or Errno.Nxio or Errno.NoDev => ErrorKind.NotFound,
        Errno.Perm or Errno.Acces or Errno.RoFs => ErrorKind.PermissionDenied,
        Errno.Exist => ErrorKind.AlreadyExists,
        Errno.NoMem or Errno.NoSpc or Errno.DQuot or Errno.MFile or Errno.Again => ErrorKind.ResourceExhausted,
        Errno.Inval or Errno.NameTooLong or Errno.NotDir or Errno.IsDir or Errno.Loop => ErrorKind.InvalidArgument,
        Errno.Busy or Errno.NotEmpty or Errno.TxtBsy or Errno.NoSys or Errno.OpNotSupp => ErrorKind.FailedPrecondition,
        Errno.ConnRefused or Errno.ConnReset or Errno.TimedOut => ErrorKind.Unavailable,
        _ => ErrorKind.Internal,
    };
}
