namespace Hull.Runtime.Container.Cgroups;

/// <summary>Cgroups that the container made inside its own.</summary>
public sealed partial class Cgroup
{
    /// <summary>The files to join, for a process that goes into cgroups below this one.</summary>
    /// <param name="subgroups">
    /// Each a path for every hierarchy, or <c>controllers:path</c> for those of some version 1 controllers (<c>cpu,cpuacct:sub</c>);
    /// later ones win.
    /// </param>
    /// <param name="unified">The directory in the unified hierarchy to start in; null when there is none.</param>
    /// <exception cref="HullException">A path leaves this cgroup, or a controller is not one of the host's.</exception>
    public IReadOnlyList<string> JoinFilesBelow(IReadOnlyList<string> subgroups, out string? unified)
    {
        ArgumentNullException.ThrowIfNull(subgroups);
        unified = UnifiedDirectory;
        if (subgroups.Count == 0)
        {
            return JoinFiles;
        }

        string?[] directories = [.. _directories];
        for (int i = 0; i < subgroups.Count; i++)
        {
            string text = subgroups[i];
            int colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                Descend(directories, text, CgroupControllers.None);
                continue;
            }

            foreach (string name in text[..colon].Split(','))
            {
                CgroupControllers controller = ControllerNames.Parse(name, ',');
                if (controller == CgroupControllers.None || _host.Find(controller) is null or { IsUnified: true })
                {
                    throw new HullException(ErrorKind.InvalidArgument, $"The cgroup '{text}' cannot be joined: unknown controller {name}.");
                }

                Descend(directories, text[(colon + 1)..], controller);
            }
        }

        List<string> files = [];
        for (int i = 0; i < directories.Length; i++)
        {
            if (directories[i] is not { } directory)
            {
                continue;
            }

            if (_host.Hierarchies[i].IsUnified)
            {
                unified = directory;
            }
            else
            {
                files.Add(CgroupFile.PathOf(directory, "tasks"));
            }
        }

        return files;
    }

    private void Descend(string?[] directories, string path, CgroupControllers only)
    {
        string below = "";
        foreach (string part in path.Split('/'))
        {
            if (part == "..")
            {
                throw new HullException(ErrorKind.InvalidArgument, $"The cgroup '{path}' cannot be joined: bad sub cgroup path.");
            }

            below = part is "" or "." ? below : $"{below}/{part}";
        }

        for (int i = 0; i < directories.Length; i++)
        {
            if (_directories[i] is { } own && (only == CgroupControllers.None || (_host.Hierarchies[i].Controllers & only) != 0))
            {
                directories[i] = own + below;
            }
        }
    }
}
