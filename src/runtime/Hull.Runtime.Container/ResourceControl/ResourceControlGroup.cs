using System.Text;
using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.ResourceControl;

/// <summary>A group of the resctrl file system: how much of the last-level cache and memory bandwidth a container gets.</summary>
/// <remarks>Source: the kernel's Documentation/filesystems/resctrl.rst; OCI runtime specification 1.3, "IntelRdt".</remarks>
public sealed class ResourceControlGroup
{
    private const string UsualRoot = "/sys/fs/resctrl";
    private const long Magic = 0x7655821;
    private const string GroupKey = "group";
    private const string MonitorKey = "monitor";
    private const string OwnedKey = "owned";

    private readonly string _group;
    private readonly string? _monitor;
    private readonly bool _isOwned;

    private ResourceControlGroup(string group, string? monitor, bool isOwned)
    {
        _group = group;
        _monitor = monitor;
        _isOwned = isOwned;
    }

    /// <summary>The files to which a process writes <c>0</c> to join, with all processes it starts afterwards.</summary>
    public IReadOnlyList<string> JoinFiles => _monitor is null ? [_group + "/tasks"] : [_group + "/tasks", _monitor + "/tasks"];

    /// <summary>What is written down about it.</summary>
    public IReadOnlyDictionary<string, string> ToRecord()
    {
        Dictionary<string, string> record = new() { [GroupKey] = _group };
        if (_monitor is not null)
        {
            record[MonitorKey] = _monitor;
        }

        if (_isOwned)
        {
            record[OwnedKey] = "1";
        }

        return record;
    }

    /// <summary>Finds it again.</summary>
    /// <returns>Null when the container has none.</returns>
    public static ResourceControlGroup? FromRecord(IReadOnlyDictionary<string, string> record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.TryGetValue(GroupKey, out string? group)
            ? new ResourceControlGroup(group, record.GetValueOrDefault(MonitorKey), record.ContainsKey(OwnedKey))
            : null;
    }

    /// <summary>Where the file system is mounted.</summary>
    /// <exception cref="HullException">The processor, the kernel or the host's set-up does not have it.</exception>
    public static string FindRoot()
    {
        if (KernelFile.FileSystemType(UsualRoot) == Magic)
        {
            return UsualRoot;
        }

        if (KernelFile.Exists(UsualRoot) && KernelFile.ReadText("/proc/self/mountinfo", out string mounts) == Errno.None)
        {
            foreach (string line in mounts.Split('\n'))
            {
                string[] fields = line.Split(' ');
                if (line.Contains(" - resctrl ", StringComparison.Ordinal) && fields.Length > 4)
                {
                    return fields[4];
                }
            }
        }

        throw new HullException(
            ErrorKind.FailedPrecondition,
            "intelRdt is specified in config, but Intel RDT is not enabled: mount the resctrl file system on a processor that has it.");
    }

    /// <summary>Makes or finds the group and writes its schemata.</summary>
    /// <param name="root">Where resctrl is mounted.</param>
    /// <param name="spec">What to set.</param>
    /// <param name="id">The container: the group's name where the specification names none.</param>
    /// <exception cref="HullException">It failed; nothing that was made here is left behind.</exception>
    public static ResourceControlGroup Create(string root, IntelRdtSpec spec, ContainerId id)
    {
        ArgumentNullException.ThrowIfNull(spec);
        Check(root, spec);
        bool named = !string.IsNullOrEmpty(spec.ClosID);

        // "/" is the group that every process is in at first.
        string path = spec.ClosID == "/" ? root : $"{root}/{(named ? spec.ClosID : id.ToString())}";
        string schemata = SchemataOf(spec.L3CacheSchema, spec.MemBwSchema, spec.Schemata);
        if (named && schemata.Length == 0 && !KernelFile.Exists(path))
        {
            throw new HullException(
                ErrorKind.NotFound,
                $"The class of service '{spec.ClosID}' does not exist: clos dir not accessible (must be pre-created when no schema is given).");
        }

        Errno error = spec.ClosID == "/" ? Errno.Exist : KernelFile.MakeDirectory(path);
        if (error is not Errno.None and not Errno.Exist)
        {
            throw Failed(root, $"The group '{path}' cannot be made", error);
        }

        bool made = error == Errno.None;
        string? monitor = spec.EnableMonitoring ? $"{path}/mon_groups/{id}" : null;
        try
        {
            Write(root, path, schemata);
            Errno monitorError = monitor is null ? Errno.None : KernelFile.MakeDirectory(monitor);
            return monitorError is Errno.None or Errno.Exist
                ? new ResourceControlGroup(path, monitor, made && !named)
                : throw Failed(root, $"The monitoring group '{monitor}' cannot be made", monitorError);
        }
        catch
        {
            if (made)
            {
                _ = KernelFile.RemoveDirectory(path);
            }

            throw;
        }
    }

    /// <summary>Changes the schemata while the processes run.</summary>
    /// <exception cref="HullException">The kernel refused them.</exception>
    public void Update(string? l3CacheSchema, string? memBwSchema) =>
        Write(Path.GetDirectoryName(_group) ?? "/", _group, SchemataOf(l3CacheSchema, memBwSchema, null));

    /// <summary>Removes what was made for this container; a class of service that was named belongs to others too.</summary>
    public void Delete()
    {
        if (_isOwned)
        {
            _ = KernelFile.RemoveDirectory(_group);
        }
        else if (_monitor is not null)
        {
            _ = KernelFile.RemoveDirectory(_monitor);
        }
    }

    private static void Check(string root, IntelRdtSpec spec)
    {
        if (spec.ClosID is "." or ".." || (spec.ClosID is { Length: > 1 } closId && closId.Contains('/', StringComparison.Ordinal)))
        {
            throw new HullException(ErrorKind.InvalidArgument, $"'{spec.ClosID}' is no class of service: invalid intelRdt.ClosID.");
        }

        if (!string.IsNullOrEmpty(spec.L3CacheSchema) && !KernelFile.Exists(root + "/info/L3"))
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, "intelRdt.l3CacheSchema is specified in config, but Intel RDT/CAT is not enabled.");
        }

        if (!string.IsNullOrEmpty(spec.MemBwSchema) && !KernelFile.Exists(root + "/info/MB"))
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, "intelRdt.memBwSchema is specified in config, but Intel RDT/MBA is not enabled.");
        }
    }

    private static string SchemataOf(string? l3CacheSchema, string? memBwSchema, IReadOnlyList<string>? more)
    {
        StringBuilder text = new();
        foreach (string? line in (IEnumerable<string?>)[l3CacheSchema, memBwSchema, .. more ?? []])
        {
            if (!string.IsNullOrEmpty(line))
            {
                text.Append(line).Append('\n');
            }
        }

        return text.ToString();
    }

    private static void Write(string root, string group, string schemata)
    {
        if (schemata.Length > 0)
        {
            Errno error = KernelFile.Write(group + "/schemata", Encoding.UTF8.GetBytes(schemata));
            if (error != Errno.None)
            {
                throw Failed(root, $"The schemata '{schemata.TrimEnd().Replace('\n', ' ')}' cannot be written to '{group}'", error);
            }
        }
    }

    private static HullException Failed(string root, string what, Errno error)
    {
        // The kernel says more than an error number.
        _ = KernelFile.ReadText(root + "/info/last_cmd_status", out string status);
        string why = status.Trim() is { Length: > 0 } said && said != "ok" ? $" ({said})" : "";
        return new HullException(LinuxException.KindOf(error), $"{what}: {LinuxException.TextOf(error)}{why}.");
    }
}
