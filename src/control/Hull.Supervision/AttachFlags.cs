namespace Hull.Supervision;

/// <summary>What an attaching client wants.</summary>
[Flags]
public enum AttachFlags : byte
{
    /// <summary>Nothing but the exit code.</summary>
    None = 0,

    /// <summary>It sends standard input.</summary>
    Input = 1,

    /// <summary>It gets standard output.</summary>
    Output = 2,

    /// <summary>It gets standard error.</summary>
    Error = 4,

    /// <summary>It gets everything and the container waits for it, as a program waits for the reader of its pipe.</summary>
    Lossless = 8,

    /// <summary>It removes the container itself after the exit.</summary>
    Removes = 16,

    /// <summary>It gets an empty frame of output at once: whatever comes before that is in the log, and nothing after it is missed.</summary>
    Announced = 32,
}
