using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Spawn;

/// <summary>Paths of the host that mean places in the container.</summary>
internal static class ContainerPaths
{
    /// <summary>A destination in the container; one that begins with the root's own path is meant without it, as runc has it.</summary>
    internal static string Destination(string root, string destination) =>
        destination.StartsWith(root, StringComparison.Ordinal) && (destination.Length == root.Length || destination[root.Length] == '/')
            ? "/" + destination[root.Length..].TrimStart('/')
            : destination;

    /// <summary>
    /// The place in the container that a bind mount's source names when an earlier mount of the same list made it: only the
    /// new process sees it, and only at that moment.
    /// </summary>
    /// <param name="root">The root's path on the host.</param>
    /// <param name="mounts">All mounts.</param>
    /// <param name="index">Which one is asked about.</param>
    /// <param name="source">Its absolute source.</param>
    /// <returns>Null when the source is the host's.</returns>
    internal static string? MadeBefore(string root, IReadOnlyList<MountSpec> mounts, int index, string source)
    {
        if (!source.StartsWith(root + "/", StringComparison.Ordinal))
        {
            return null;
        }

        string inside = "/" + string.Join('/', SpawnPlanCompiler.Components(source[root.Length..]));
        for (int i = 0; i < index; i++)
        {
            string made = "/" + string.Join('/', SpawnPlanCompiler.Components(Destination(root, mounts[i].Destination))); // Below the index.
            if (made == "/" || inside == made || inside.StartsWith(made + "/", StringComparison.Ordinal))
            {
                return inside;
            }
        }

        return null;
    }
}
