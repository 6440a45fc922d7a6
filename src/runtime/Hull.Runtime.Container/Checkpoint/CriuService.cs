using System.Collections;
using System.Globalization;
using System.Text;
using Hull.Linux;
using Hull.Runtime.Container.Spawn;

namespace Hull.Runtime.Container.Checkpoint;

/// <summary>One CRIU process that serves one request. Source: criu(8), "swrk"; CRIU's rpc.proto.</summary>
internal sealed class CriuService : IDisposable
{
    private const int MessageBytes = 16 << 10;
    private const int TailBytes = 64 << 10;
    private readonly FileDescriptor _socket;
    private readonly Launch _launch;

    private CriuService(FileDescriptor socket, Launch launch)
    {
        _socket = socket;
        _launch = launch;
    }

    /// <summary>Starts it.</summary>
    /// <param name="placement">Where it runs.</param>
    /// <param name="cgroup">Directory of the version 2 cgroup it starts in; null for this process's.</param>
    /// <exception cref="HullException">There is no CRIU on this machine, or it cannot be started.</exception>
    internal static CriuService Start(CriuPlacement placement, FileDescriptor? cgroup)
    {
        string program = Find();
        (FileDescriptor near, FileDescriptor far) = KernelProcess.SocketPair();
        SpawnPlan plan = CriuPlan.Compile(program, EnvironmentList(), far.Number, placement);
        Launch launch = Launch.Begin(plan, near, far, cgroup);
        FileDescriptor? requests = null;
        try
        {
            while (launch.Next() is SyncMessage)
            {
                requests = KernelProcess.TakeDescriptor(launch.Process.PidFd, (int)launch.Value);
                launch.Answer();
            }

            return new CriuService(
                requests ?? throw new HullException(ErrorKind.Internal, $"The program '{program}' could not be started."), launch);
        }
        catch
        {
            launch.Abandon();
            launch.Dispose();
            requests?.Dispose();
            throw;
        }
    }

    /// <summary>Sends the request, answers what is told in between, and returns the reply.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="step">Takes each step that is told, with the descriptor that came along.</param>
    /// <exception cref="HullException">CRIU ended without a reply, or a step failed.</exception>
    internal CriuReply Ask(CriuRequest request, Action<CriuReply, FileDescriptor?> step)
    {
        Send(request.ToArray());
        byte[] buffer = new byte[MessageBytes];
        while (true)
        {
            int count = UnixSocket.Receive(_socket, buffer, out FileDescriptor? descriptor);
            using (descriptor)
            {
                if (count <= 0)
                {
                    throw new HullException(ErrorKind.Internal, "CRIU ended without a reply.");
                }

                var reply = CriuReply.Read(buffer.AsSpan(0, count));
                if (reply.Type != CriuRequestType.Notify)
                {
                    return reply;
                }

                step(reply, descriptor);
                WireWriter answer = new();
                answer.Number(1, (long)CriuRequestType.Notify);
                answer.Flag(3, true);
                Send(answer.ToArray());
            }
        }
    }

    /// <summary>The last error in CRIU's log; empty when there is none.</summary>
    internal static string LastError(string path)
    {
        using FileDescriptor? file = HostFile.TryOpen(path, HostFile.ReadOnly, out _);
        if (file is null)
        {
            return "";
        }

        byte[] log = HostFile.ReadAll(file, path);
        string[] lines = Encoding.UTF8.GetString(log, Math.Max(0, log.Length - TailBytes), Math.Min(TailBytes, log.Length)).Split('\n');

        // The first error is the cause; those after it say only what it stopped. That limits cannot be raised stops nothing.
        string? line = Array.Find(
            lines,
            each => each.Contains("Error (", StringComparison.Ordinal) && !each.Contains("setup RLIMIT_NOFILE for self", StringComparison.Ordinal));
        int start = line?.IndexOf("): ", StringComparison.Ordinal) ?? -1;
        return line is null ? "" : (start < 0 ? line : line[(start + 3)..]).Trim().TrimEnd('.');
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        if (!KernelProcess.WaitReadable(_launch.Process.PidFd, 10_000))
        {
            _ = KernelProcess.TrySignal(_launch.Process.PidFd, Kernel.SigKill);
        }

        _ = KernelProcess.Reap(_launch.Process.ProcessId, wait: true, out _);
        _launch.Process.PidFd.Dispose();
        _launch.Dispose();
    }

    private static string Find()
    {
        foreach (string directory in (Environment.GetEnvironmentVariable("PATH") ?? "/usr/sbin:/usr/bin").Split(':'))
        {
            string path = directory + "/criu";
            if (directory.StartsWith('/') && HostFile.TryStat(path, out _) == Errno.None)
            {
                return path;
            }
        }

        throw new HullException(
            ErrorKind.FailedPrecondition, "The program 'criu' was not found in PATH: install CRIU to checkpoint or restore containers.");
    }

    private static List<string> EnvironmentList()
    {
        List<string> environment = [];
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            environment.Add(string.Create(CultureInfo.InvariantCulture, $"{entry.Key}={entry.Value}"));
        }

        return environment;
    }

    private void Send(byte[] message)
    {
        Errno error = HostFile.TryWrite(_socket, message);
        if (error != Errno.None)
        {
            throw new LinuxException("write", "CRIU's socket", error);
        }
    }
}
