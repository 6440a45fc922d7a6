namespace Hull.Linux;

/// <summary>Pairs of pseudo-terminals. Source: pts(4), ioctl_tty(2).</summary>
public static class PseudoTerminal
{
    private const nint SYS_ioctl = 16;
    private const nint TIOCSPTLCK = 0x40045431;
    private const nint TIOCGPTPEER = 0x5441;

    /// <summary>Makes a pair; neither becomes anybody's controlling terminal.</summary>
    /// <exception cref="LinuxException">The system has none left.</exception>
    public static unsafe (FileDescriptor Master, FileDescriptor Slave) Create()
    {
        const int NoControllingTerminal = 0x100;
        const int Flags = HostFile.ReadWrite | HostFile.CloseOnExec | NoControllingTerminal;
        FileDescriptor master = HostFile.Open("/dev/ptmx", Flags);
        int unlocked = 0;

        // SAFETY: the kernel reads one int of this frame.
        if (Libc.system_call(SYS_ioctl, master.Number, TIOCSPTLCK, (nint)(&unlocked), 0, 0, 0) < 0)
        {
            LinuxException failure = LinuxException.Last("ioctl", "TIOCSPTLCK");
            master.Dispose();
            throw failure;
        }

        int slave = (int)Libc.system_call(SYS_ioctl, master.Number, TIOCGPTPEER, Flags, 0, 0, 0);
        if (slave < 0)
        {
            LinuxException failure = LinuxException.Last("ioctl", "TIOCGPTPEER");
            master.Dispose();
            throw failure;
        }

        return (master, FileDescriptor.Own(slave, "ioctl", "TIOCGPTPEER"));
    }
}
