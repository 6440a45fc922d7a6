using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Checkpoint;

/// <summary>Names that images use for namespaces which somebody else made; runc's, so that either restores the other's.</summary>
internal static class RestoredNamespaces
{
    /// <summary>The network namespace.</summary>
    internal const string Network = "extRootNetNS";

    /// <summary>The pid namespace.</summary>
    internal const string Pid = "extRootPidNS";

    /// <summary>The path that the specification gives a namespace; null when it is new or the host's.</summary>
    internal static string? PathOf(RuntimeSpec spec, string type)
    {
        for (int i = 0; i < (spec.Linux?.Namespaces?.Count ?? 0); i++)
        {
            NamespaceSpec space = spec.Linux!.Namespaces![i];
            if (space.Type == type && !string.IsNullOrEmpty(space.Path))
            {
                return space.Path;
            }
        }

        return null;
    }
}
