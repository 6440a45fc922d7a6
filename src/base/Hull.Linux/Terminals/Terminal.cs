namespace Hull.Linux;

/// <summary>What a program can ask of a terminal. Source: termios(3), ioctl_tty(2).</summary>
public static class Terminal
{
    // struct termios has 60 bytes in glibc; the rest is room to spare. Its fields are only passed back.
    private const int AttributeBytes = 128;

    // struct termios begins with c_iflag and c_oflag, four bytes each; OPOST and ONLCR are in the lowest byte.
    private const int OutputFlags = 4;
    private const byte PostProcess = 1;

    /// <summary>Whether a descriptor is a terminal.</summary>
    public static bool IsTerminal(FileDescriptor fd) => Libc.isatty(fd) == 1;

    /// <summary>A terminal's size; null when it is none.</summary>
    public static WindowSize? TryGetSize(FileDescriptor fd)
    {
        WindowSize size = default;
        return Libc.ioctl(fd, Libc.TIOCGWINSZ, ref size) == 0 ? size : null;
    }

    /// <summary>Gives a terminal a size; its programs are told with SIGWINCH.</summary>
    /// <exception cref="LinuxException">The descriptor is not a terminal.</exception>
    public static void SetSize(FileDescriptor fd, WindowSize size)
    {
        if (Libc.ioctl(fd, Libc.TIOCSWINSZ, ref size) != 0)
        {
            throw LinuxException.Last("ioctl", "TIOCSWINSZ");
        }
    }

    /// <summary>Passes every key through as it is, until the result is disposed.</summary>
    /// <exception cref="LinuxException">The descriptor is not a terminal.</exception>
    /// <param name="fd">The terminal.</param>
    /// <param name="keepsOutput">Whether the terminal goes on to turn line feeds into new lines.</param>
    public static IDisposable MakeRaw(FileDescriptor fd, bool keepsOutput = false)
    {
        byte[] before = new byte[AttributeBytes];
        if (Libc.tcgetattr(fd, ref before[0]) != 0)
        {
            throw LinuxException.Last("tcgetattr", $"descriptor {fd}");
        }

        byte[] raw = [.. before];
        Libc.cfmakeraw(ref raw[0]);
        raw[OutputFlags] |= keepsOutput ? PostProcess : (byte)0;
        if (Libc.tcsetattr(fd, Libc.TCSADRAIN, in raw[0]) != 0)
        {
            throw LinuxException.Last("tcsetattr", $"descriptor {fd}");
        }

        return new Restore(fd, before);
    }

    private sealed class Restore(FileDescriptor fd, byte[] before) : IDisposable
    {
        public void Dispose() => _ = Libc.tcsetattr(fd, Libc.TCSADRAIN, in before[0]);
    }
}
