using System.Globalization;
using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>An open file descriptor that is closed once, whoever forgets it.</summary>
/// <remarks>Every descriptor Hull opens is close-on-exec. Thread-safe as <see cref="SafeHandle"/> is.</remarks>
public sealed class FileDescriptor : SafeHandle
{
    /// <summary>For the interop generator; callers use <see cref="Own(int, string, string)"/>.</summary>
    public FileDescriptor()
        : base(-1, ownsHandle: true)
    {
    }

    private FileDescriptor(int number, bool owns)
        : base(-1, owns) => SetHandle(number);

    /// <inheritdoc/>
    public override bool IsInvalid => handle < 0;

    /// <summary>The number, for tables that the kernel reads; valid while this object lives.</summary>
    public int Number => (int)handle;

    /// <summary>Takes over a number a call just returned.</summary>
    /// <param name="number">The call's result; negative means that it failed and errno is still set.</param>
    /// <param name="call">The call, as the manual spells it.</param>
    /// <param name="subject">What it was called on.</param>
    /// <exception cref="LinuxException">The call failed.</exception>
    public static FileDescriptor Own(int number, string call, string subject = "") =>
        number >= 0 ? new FileDescriptor(number, owns: true) : throw LinuxException.Last(call, subject);

    /// <summary>Names a descriptor somebody else owns and keeps open, such as 0, 1 and 2.</summary>
    public static FileDescriptor Borrow(int number) => new(number, owns: false);

    /// <summary>The number in decimal.</summary>
    public override string ToString() => Number.ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        // close(2): never retried, the descriptor is gone even after EINTR.
        _ = Libc.close((int)handle);
        return true;
    }
}
