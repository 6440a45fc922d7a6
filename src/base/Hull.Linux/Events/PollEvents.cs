namespace Hull.Linux;

/// <summary>What happened to a descriptor. Source: poll(2); epoll uses the same bits.</summary>
[Flags]
public enum PollEvents : short
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>POLLIN: there is something to read, or the end.</summary>
    In = 0x1,

    /// <summary>POLLPRI: something exceptional; a made-up file of the kernel changed.</summary>
    Priority = 0x2,

    /// <summary>POLLOUT: writing would not wait.</summary>
    Out = 0x4,

    /// <summary>POLLERR: an error, or the reader of a pipe is gone. Always reported.</summary>
    Error = 0x8,

    /// <summary>POLLHUP: the other side is gone. Always reported.</summary>
    HangUp = 0x10,
}
