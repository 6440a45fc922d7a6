namespace Hull.Runtime.Container;

/// <summary>Takes what a container's making has to tell besides its success or failure.</summary>
public interface IRuntimeLog
{
    /// <summary>Whether steps are wanted; asked before a text is put together, and before a process is told to report.</summary>
    bool IsDebug { get; }

    /// <summary>A step that was taken.</summary>
    void Debug(string message);

    /// <summary>Something the configuration asks for and does not get, which is no failure.</summary>
    void Warn(string message);
}
