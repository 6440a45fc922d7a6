using System.Globalization;
using System.Text;
using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container;

/// <summary>Writes the id maps of a new user namespace. Source: user_namespaces(7), newuidmap(1).</summary>
internal static class IdMapWriter
{
    /// <summary>Writes the maps of a specification for a process that waits for them.</summary>
    /// <exception cref="HullException">The kernel or newuidmap(1) refused them.</exception>
    internal static void Write(int processId, LinuxSpec spec)
    {
        bool privileged = (KernelProcess.Capabilities().Effective & (1ul << 7)) != 0;
        IReadOnlyList<IdMappingSpec> users = Required(spec.UidMappings, "uidMappings");
        IReadOnlyList<IdMappingSpec> groups = Required(spec.GidMappings, "gidMappings");
        string directory = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/");
        if (privileged || !NeedsHelper(groups, KernelProcess.EffectiveGroupId))
        {
            if (!privileged)
            {
                // Without privileges a group map needs setgroups(2) to be given up first.
                WriteFile(directory + "setgroups", "deny");
            }

            WriteFile(directory + "gid_map", Lines(groups));
        }
        else
        {
            Help("newgidmap", processId, groups);
        }

        if (privileged || !NeedsHelper(users, KernelProcess.EffectiveUserId))
        {
            WriteFile(directory + "uid_map", Lines(users));
        }
        else
        {
            Help("newuidmap", processId, users);
        }
    }

    private static IReadOnlyList<IdMappingSpec> Required(IReadOnlyList<IdMappingSpec>? maps, string member) => maps is { Count: > 0 }
        ? maps
        : throw new HullException(ErrorKind.InvalidArgument, $"A new user namespace needs '{member}' in the configuration.");

    private static bool NeedsHelper(IReadOnlyList<IdMappingSpec> maps, uint own) =>
        maps.Count > 1 || maps[0].Size != 1 || maps[0].HostID != own;

    private static string Lines(IReadOnlyList<IdMappingSpec> maps)
    {
        StringBuilder text = new();
        for (int i = 0; i < maps.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{maps[i].ContainerID} {maps[i].HostID} {maps[i].Size}\n");
        }

        return text.ToString();
    }

    private static void WriteFile(string path, string text)
    {
        using FileDescriptor file = HostFile.Open(path, HostFile.WriteOnly);
        Errno error = HostFile.TryWrite(file, Encoding.ASCII.GetBytes(text));
        if (error != Errno.None)
        {
            throw new LinuxException("write", path, error);
        }
    }

    private static void Help(string helper, int processId, IReadOnlyList<IdMappingSpec> maps)
    {
        string path = "/usr/bin/" + helper;
        List<string> arguments = [path, processId.ToString(CultureInfo.InvariantCulture)];
        for (int i = 0; i < maps.Count; i++)
        {
            arguments.Add(maps[i].ContainerID.ToString(CultureInfo.InvariantCulture));
            arguments.Add(maps[i].HostID.ToString(CultureInfo.InvariantCulture));
            arguments.Add(maps[i].Size.ToString(CultureInfo.InvariantCulture));
        }

        using FileDescriptor nothing = HostFile.Open("/dev/null", HostFile.ReadWrite);
        int pid = Launcher.Start(new LaunchRequest
        {
            Path = path,
            Arguments = arguments,
            Descriptors = [nothing, nothing, FileDescriptor.Borrow(2)],
        });
        if (Launcher.Wait(pid) != 0)
        {
            throw new HullException(
                ErrorKind.PermissionDenied,
                $"'{helper}' refused the id mappings: the user needs a range in /etc/sub{(helper[3] == 'u' ? "uid" : "gid")} that covers them.");
        }
    }
}
