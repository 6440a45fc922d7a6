using Hull.Engine;
using Hull.Linux;

namespace Hull.Cli.Machines;

/// <summary>Where the files of a <c>hull vm run</c> lie.</summary>
internal static class RunState
{
    private const string RuntimeVariable = "XDG_RUNTIME_DIR";
    private const uint OwnerOnly = 0x1C0;
    private const uint PermissionMask = 0xFFF;

    /// <summary>The state directory; for who is not root and cannot use that of all, one of his own.</summary>
    /// <exception cref="HullException">Somebody else has made what should be his.</exception>
    internal static EnginePaths For(EnginePaths paths)
    {
        if (KernelProcess.EffectiveUserId == 0 || paths.State != EnginePaths.DefaultState)
        {
            return paths;
        }

        uint user = KernelProcess.EffectiveUserId;
        string own = Environment.GetEnvironmentVariable(RuntimeVariable) is { Length: > 0 } given && Directory.Exists(given)
            ? Path.Combine(given, "hull")
            : $"/tmp/hull-{user}";
        Errno error = HostFile.TryMakeDirectory(own, OwnerOnly);
        if (error is Errno.None or Errno.Exist)
        {
            error = HostFile.TryStat(own, followLinks: false, out HostFileStatus status);
            if (error == Errno.None && status.IsDirectory && status.Uid == user && (status.Mode & PermissionMask) == OwnerOnly)
            {
                return new EnginePaths(paths.Root, own);
            }
        }

        throw new HullException(
            ErrorKind.PermissionDenied,
            $"The directory '{own}' is not yours alone, so no machine can keep its state there; name another with HULL_STATE.");
    }
}
