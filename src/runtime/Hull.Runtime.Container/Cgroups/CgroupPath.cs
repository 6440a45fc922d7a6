namespace Hull.Runtime.Container.Cgroups;

/// <summary>Where a container's cgroup lies, below each hierarchy's mount point.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Cgroups Path".</remarks>
public static class CgroupPath
{
    /// <summary>The parent of every cgroup that is not named absolutely.</summary>
    public const string DefaultParent = "/hull";

    private const int MaxLength = 4000;
    private const int MaxNameLength = 255;

    /// <summary>The cgroup a specification asks for, or the default one of a container.</summary>
    /// <param name="cgroupsPath">
    /// <c>linux.cgroupsPath</c>: absolute starts at the mount point, relative starts at <see cref="DefaultParent"/>, null or
    /// empty takes the container's identifier.
    /// </param>
    /// <param name="id">The container.</param>
    /// <returns>An absolute path without <c>..</c>, empty and <c>.</c> segments.</returns>
    /// <exception cref="HullException">The path leaves the hierarchy or is the hierarchy's root.</exception>
    public static string Resolve(string? cgroupsPath, ContainerId id) => Normalize(
        string.IsNullOrEmpty(cgroupsPath) ? $"{DefaultParent}/{id}"
        : cgroupsPath[0] == '/' ? cgroupsPath
        : $"{DefaultParent}/{cgroupsPath}");

    /// <summary>Checks an absolute path and removes what means nothing in it.</summary>
    /// <exception cref="HullException">The path leaves the hierarchy or is the hierarchy's root.</exception>
    public static string Normalize(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length > MaxLength || path.Contains('\0', StringComparison.Ordinal) || path.Contains('\n', StringComparison.Ordinal))
        {
            throw Refused(path, $"use at most {MaxLength} characters and no line feeds");
        }

        string result = "";
        foreach (Range range in path.AsSpan().Split('/'))
        {
            ReadOnlySpan<char> segment = path.AsSpan()[range];
            if (segment is "..")
            {
                throw Refused(path, "'..' is not allowed in it");
            }

            if (segment.Length > MaxNameLength)
            {
                throw Refused(path, $"a name in it is longer than {MaxNameLength} characters");
            }

            if (!segment.IsEmpty && segment is not ".")
            {
                result = $"{result}/{segment}";
            }
        }

        return result.Length > 0 ? result : throw Refused(path, "it names the root of the hierarchy");
    }

    private static HullException Refused(string path, string why) =>
        new(ErrorKind.InvalidArgument, $"The cgroup path '{path}' cannot be used: {why}.");
}
