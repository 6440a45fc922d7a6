namespace Hull.Runtime.MicroVm;

/// <summary>What a request asks of the guest's agent.</summary>
public enum AgentVerb
{
    /// <summary>Nothing; never sent.</summary>
    None = 0,

    /// <summary>Make the container; the connection stays and tells its end.</summary>
    Create = 1,

    /// <summary>Let its process go.</summary>
    Start = 2,

    /// <summary>Start one more process; the connection stays and tells its end.</summary>
    Exec = 3,

    /// <summary>Send a signal to the first process, or to all.</summary>
    Signal = 4,

    /// <summary>Freeze every process.</summary>
    Pause = 5,

    /// <summary>Thaw every process.</summary>
    Resume = 6,

    /// <summary>Change limits.</summary>
    Update = 7,

    /// <summary>Tell what it uses.</summary>
    Statistics = 8,

    /// <summary>Give the terminal of the connection's process a size.</summary>
    Resize = 9,

    /// <summary>Tell the next processes of the container.</summary>
    Processes = 10,

    /// <summary>Write a file or directory of the container, as an archive, to the output.</summary>
    ReadFiles = 11,

    /// <summary>Make the files of the archive that is the input.</summary>
    WriteFiles = 12,
}
