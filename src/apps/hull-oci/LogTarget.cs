using Hull.Linux;
using Hull.Runtime.Container;

namespace Hull.OciCli;

/// <summary>Where <c>--log</c>, <c>--log-format</c> and <c>--debug</c> send what happens: a file, or standard error.</summary>
/// <param name="path">The file, appended to; null for standard error.</param>
/// <param name="json">Whether its lines are JSON.</param>
/// <param name="debug">Whether it takes the steps of what is done too, besides warnings and failures.</param>
internal sealed class LogTarget(string? path, bool json, bool debug) : IRuntimeLog
{
    /// <inheritdoc/>
    public bool IsDebug => debug;

    /// <inheritdoc/>
    public void Debug(string message)
    {
        if (debug)
        {
            Write("debug", message);
        }
    }

    /// <inheritdoc/>
    public void Warn(string message) => Write("warning", message);

    /// <summary>Writes why the command failed; standard error gets it in words of its own.</summary>
    internal void Fail(string message)
    {
        if (path is not null)
        {
            Write("error", message);
        }
    }

    private void Write(string level, string message)
    {
        string line = LogLine.Format(json, level, message);
        if (path is null)
        {
            Output.Error(line);
            return;
        }

        try
        {
            using FileDescriptor log = HostFile.Open(path, HostFile.WriteOnly | HostFile.Create | HostFile.Append, 0x1a4);
            Output.Write(log, line);
        }
        catch (HullException)
        {
            // A log that cannot be written must not end what it tells of; failures are on standard error as well.
        }
    }
}
