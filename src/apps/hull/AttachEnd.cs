namespace Hull.Cli;

/// <summary>Why a session ended.</summary>
internal enum AttachEnd
{
    /// <summary>The container ended.</summary>
    Exited,

    /// <summary>The user left; the container goes on.</summary>
    Detached,

    /// <summary>The supervisor vanished without telling the exit code.</summary>
    Lost,
}
