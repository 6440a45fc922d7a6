using System.Runtime.ExceptionServices;

namespace Hull.Linux;

/// <summary>Work in a network namespace of its own: its interfaces nobody else sees, and they end with their last user.</summary>
/// <remarks>Source: unshare(2), network_namespaces(7). A namespace belongs to a thread, so the work gets a thread; descriptors opened there keep it.</remarks>
public static class PrivateNetwork
{
    private const int NewNetwork = 0x4000_0000;

    /// <summary>Runs something in a new network namespace with nothing but a loopback interface that is down.</summary>
    /// <exception cref="LinuxException">There cannot be one: it needs CAP_SYS_ADMIN.</exception>
    public static void Run(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                if (Libc.unshare_mounts(NewNetwork) != 0)
                {
                    throw LinuxException.Last("unshare", "network namespace");
                }

                work();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        })
        {
            IsBackground = true,
            Name = "hull-network",
        };
        thread.Start();
        thread.Join();
        failure?.Throw();
    }
}
