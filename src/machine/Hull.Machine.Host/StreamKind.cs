namespace Hull.Machine.Host;

/// <summary>What a descriptor that is joined with a guest's connection can do.</summary>
public enum StreamKind
{
    /// <summary>A socket: both ways, and each way can end alone.</summary>
    Socket,

    /// <summary>Only read: a program's input.</summary>
    Input,

    /// <summary>Only written: a program's output.</summary>
    Output,

    /// <summary>A terminal: both ways, ending together.</summary>
    Terminal,
}
