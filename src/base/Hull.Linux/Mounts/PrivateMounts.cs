using System.Runtime.ExceptionServices;

namespace Hull.Linux;

/// <summary>Work in a mount namespace of its own: what is mounted there nobody else sees, and it ends with the work.</summary>
/// <remarks>Source: unshare(2), mount_namespaces(7). A mount namespace belongs to a thread, so the work gets a thread.</remarks>
public static class PrivateMounts
{
    private const int StackBytes = 4 * 1024 * 1024;

    /// <summary>Runs something in a new mount namespace that starts as a copy of this process's.</summary>
    /// <exception cref="LinuxException">There cannot be one: it needs CAP_SYS_ADMIN.</exception>
    public static void Run(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(
            () =>
            {
                try
                {
                    Enter();
                    work();
                }
                catch (Exception error)
                {
                    failure = ExceptionDispatchInfo.Capture(error);
                }
            },
            StackBytes)
        {
            IsBackground = true,
            Name = "hull-mounts",
        };
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    private static void Enter()
    {
        if (Libc.unshare_mounts(Libc.CLONE_NEWNS) != 0)
        {
            throw LinuxException.Last("unshare", "mount namespace");
        }

        // Without this, mounts below a shared one of the host would appear on the host too.
        if (Libc.mount("none\0"u8, "/\0"u8, 0, Libc.MS_REC | Libc.MS_PRIVATE, 0) != 0)
        {
            throw LinuxException.Last("mount", "/");
        }
    }
}
