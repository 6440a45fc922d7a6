using Hull.Linux;

namespace Hull.Engine.Containers;

/// <summary>What this process may do on the host.</summary>
internal static class HostRights
{
    // Source: capabilities(7), linux/capability.h.
    private const int SystemAdministration = 21;

    /// <summary>Makes sure that containers can be made at all, before anything is.</summary>
    /// <exception cref="HullException">They cannot; says what is missing.</exception>
    internal static void Require()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new HullException(ErrorKind.PermissionDenied, "Containers need the rights of root: run hull as root.");
        }

        if ((KernelProcess.Capabilities().Effective & (1UL << SystemAdministration)) == 0)
        {
            throw new HullException(
                ErrorKind.PermissionDenied, "Containers need the capability CAP_SYS_ADMIN, which this process does not have: run hull with it.");
        }
    }
}
