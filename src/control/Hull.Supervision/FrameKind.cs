namespace Hull.Supervision;

/// <summary>What a frame between a client and a supervisor means. Numbers never change.</summary>
public enum FrameKind : byte
{
    /// <summary>To the supervisor: wants streams; payload is one byte of <see cref="AttachFlags"/>.</summary>
    Attach = 1,

    /// <summary>To the supervisor: start the container.</summary>
    Start = 2,

    /// <summary>To the supervisor: bytes for standard input.</summary>
    Input = 3,

    /// <summary>To the supervisor: standard input ends.</summary>
    InputEnd = 4,

    /// <summary>To the supervisor: terminal size, rows and columns as two 16-bit numbers.</summary>
    Resize = 5,

    /// <summary>To the supervisor: send a signal; payload is its number, 32 bits.</summary>
    Signal = 6,

    /// <summary>To the supervisor: stop; payload is the seconds until SIGKILL and the signal; negative for the own.</summary>
    Stop = 7,

    /// <summary>To the supervisor: freeze.</summary>
    Pause = 8,

    /// <summary>To the supervisor: thaw.</summary>
    Resume = 9,

    /// <summary>To the supervisor: a new restart policy; kind and retries, 32 bits each.</summary>
    Restart = 10,

    /// <summary>From the supervisor: bytes of standard output.</summary>
    Output = 64,

    /// <summary>From the supervisor: bytes of standard error.</summary>
    Error = 65,

    /// <summary>From the supervisor: the container ended; payload is the exit code, 32 bits. The last frame.</summary>
    Exited = 66,

    /// <summary>From the supervisor: the last request was done.</summary>
    Done = 67,

    /// <summary>From the supervisor: the last request failed; payload is the <see cref="ErrorKind"/> byte and the sentence.</summary>
    Failed = 68,
}
