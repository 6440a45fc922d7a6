using Hull.Linux;

namespace Hull.MachineProcess.User;

/// <summary>Makes sure of the jail before anything of the guest's is touched.</summary>
internal static class Jail
{
    /// <summary>Asks for a socket, which the filter refuses.</summary>
    /// <exception cref="HullException">It is granted: there is no jail.</exception>
    internal static void Check()
    {
        try
        {
            (FileDescriptor first, FileDescriptor second) = UnixSocket.CreatePair();
            first.Dispose();
            second.Dispose();
        }
        catch (LinuxException refusal) when (refusal.Error == Errno.Perm)
        {
            return;
        }

        throw new HullException(ErrorKind.Internal, "The machine's process is not jailed, so it does not run.");
    }
}
