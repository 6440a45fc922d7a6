using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>Random bytes of the kernel, without a file or library to open.</summary>
/// <remarks>Source: getrandom(2). Thread-safe.</remarks>
public static class KernelRandom
{
    /// <summary>Fills the bytes.</summary>
    /// <exception cref="LinuxException">The kernel has no such call.</exception>
    public static void Fill(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            nint count = Libc.getrandom(ref MemoryMarshal.GetReference(destination), (nuint)destination.Length, 0);
            if (count < 0)
            {
                LinuxException failure = LinuxException.Last("getrandom", "random bytes");
                if (failure.Error != Errno.Intr)
                {
                    throw failure;
                }

                continue;
            }

            destination = destination[(int)count..];
        }
    }
}
