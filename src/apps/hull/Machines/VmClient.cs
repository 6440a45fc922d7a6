using Hull.Linux;
using Hull.Machine.Host.Service;
using Microsoft.Win32.SafeHandles;

namespace Hull.Cli.Machines;

/// <summary>A connection to a running machine.</summary>
internal sealed class VmClient : IDisposable
{
    private readonly string _name;

    private VmClient(string name, FileDescriptor socket)
    {
        _name = name;
        Connection = socket;
    }

    /// <summary>The connection, once it is the console.</summary>
    internal FileDescriptor Connection { get; }

    /// <exception cref="HullException">The machine does not run.</exception>
    internal static VmClient Connect(VmFolder folder)
    {
        if (!folder.IsRunning)
        {
            throw new HullException(ErrorKind.FailedPrecondition, $"The machine '{folder.Name}' does not run.");
        }

        try
        {
            return new VmClient(folder.Name, UnixSocket.Connect(folder.Socket));
        }
        catch (LinuxException error)
        {
            throw new HullException(ErrorKind.Unavailable, $"The machine '{folder.Name}' does not answer.", error);
        }
    }

    /// <summary>Asks for something and waits until it is done.</summary>
    /// <exception cref="HullException">It cannot be done, or the machine ended.</exception>
    internal void Ask(string what, params ReadOnlySpan<SafeFileHandle> files) => Ask(what, Timeout.Infinite, files);

    /// <summary>The same, but does not wait for ever.</summary>
    /// <exception cref="HullException">It cannot be done, or the machine ended or did not answer in time.</exception>
    internal void Ask(string what, int timeoutMs, params ReadOnlySpan<SafeFileHandle> files)
    {
        string? answer;
        try
        {
            VmProtocol.WriteLine(Connection, what);
            foreach (SafeFileHandle file in files)
            {
                UnixSocket.SendDescriptor(Connection, FileDescriptor.Borrow((int)file.DangerousGetHandle()), 0);
            }

            answer = KernelProcess.WaitReadable(Connection, timeoutMs)
                ? VmProtocol.ReadLine(Connection)
                : throw new HullException(ErrorKind.Unavailable, $"The machine '{_name}' does not answer.");
        }
        catch (LinuxException error)
        {
            throw new HullException(ErrorKind.Unavailable, $"The machine '{_name}' ended.", error);
        }

        if (answer != VmProtocol.Done)
        {
            throw new HullException(ErrorKind.FailedPrecondition, answer ?? $"The machine '{_name}' ended.");
        }
    }

    public void Dispose() => Connection.Dispose();
}
