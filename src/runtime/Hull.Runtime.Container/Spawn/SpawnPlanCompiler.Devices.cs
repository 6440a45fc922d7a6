using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Spawn;

/// <content>Device files and the links beside them.</content>
public sealed partial class SpawnPlanCompiler
{
    private const uint DefaultDeviceMode = 0x1b6;

    private static readonly DeviceSpec[] s_defaultDevices =
    [
        new() { Type = "c", Path = "/dev/null", Major = 1, Minor = 3 },
        new() { Type = "c", Path = "/dev/zero", Major = 1, Minor = 5 },
        new() { Type = "c", Path = "/dev/full", Major = 1, Minor = 7 },
        new() { Type = "c", Path = "/dev/random", Major = 1, Minor = 8 },
        new() { Type = "c", Path = "/dev/urandom", Major = 1, Minor = 9 },
        new() { Type = "c", Path = "/dev/tty", Major = 5, Minor = 0 },
    ];

    private static readonly (string Name, string Target)[] s_links =
    [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
    ];

    private void MakeDevices()
    {
        if (!HasTree)
        {
            return;
        }

        PlanCell directory = _plan.NewCell();
        bool own = OwnsDev();
        if (own)
        {
            _plan.Subject("The directory '/dev'");
            OpenTarget(directory, "/dev", directory: true);
            foreach (DeviceSpec device in s_defaultDevices)
            {
                if (!IsListed(device.Path))
                {
                    MakeDevice(device, directory, device.Path["/dev/".Length..]);
                }
            }
        }

        for (int i = 0; i < (_linux.Devices?.Count ?? 0); i++)
        {
            MakeListedDevice(_linux.Devices![i], directory, own);
        }

        if (own)
        {
            MakeLinks(directory);
            _plan.Close(directory);
        }
    }

    /// <summary>Whether /dev is the container's own and not a directory of the host.</summary>
    private bool OwnsDev()
    {
        if (_context.Root.IsMemory)
        {
            return false;
        }

        for (int i = 0; i < (_spec.Mounts?.Count ?? 0); i++)
        {
            MountSpec mount = _spec.Mounts![i];
            if (mount.Destination.TrimEnd('/') == "/dev" && MountOptions.Parse(mount.Type, mount.Options).IsBind)
            {
                return false;
            }
        }

        return true;
    }

    private bool IsListed(string path)
    {
        for (int i = 0; i < (_linux.Devices?.Count ?? 0); i++)
        {
            if (_linux.Devices![i].Path == path)
            {
                return true;
            }
        }

        return false;
    }

    private void MakeListedDevice(DeviceSpec device, PlanCell dev, bool own)
    {
        List<string> components = Components(device.Path);
        if (components.Count == 0)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The device '{device.Path}' has no name.");
        }

        if (own && components is ["dev", string name])
        {
            if (name == "ptmx")
            {
                return; // A link to the container's own devpts comes there: the host's would open terminals of the host.
            }

            MakeDevice(device, dev, name);
            return;
        }

        PlanCell parent = _plan.NewCell();
        PlanCell next = _plan.NewCell();
        _plan.Subject("The device '{0}'", device.Path);
        OpenParent(components, components.Count - 1, parent, next);
        MakeDevice(device, parent, components[^1]);
        _plan.Close(parent);
    }

    private void MakeDevice(DeviceSpec device, PlanCell directory, string name)
    {
        _plan.Subject("The device '{0}'", device.Path);
        uint text = _plan.Text(name);
        if (HasUserNamespace || _context.Host.IsInUserNamespace)
        {
            BindDevice(device, directory, text);
            return;
        }

        uint type = device.Type switch
        {
            "c" or "u" => Kernel.ModeCharacter,
            "b" => Kernel.ModeBlock,
            "p" => Kernel.ModeFifo,
            _ => throw new HullException(
                ErrorKind.InvalidArgument, $"The device '{device.Path}' has the type '{device.Type}': use c, u, b or p."),
        };
        ulong number = type == Kernel.ModeFifo ? 0 : DeviceNumber(device.Major, device.Minor);
        PlanLabel done = _plan.NewLabel();
        _plan.Call(SystemCall.Mknodat, directory, text, type | (device.FileMode ?? DefaultDeviceMode), number).On(Errno.Exist, done);
        if ((device.Uid ?? 0) != 0 || (device.Gid ?? 0) != 0)
        {
            _plan.Call(SystemCall.Fchownat, directory, text, device.Uid ?? 0, device.Gid ?? 0, Kernel.AtSymlinkNoFollow);
        }

        _plan.Mark(done);
    }

    private void BindDevice(DeviceSpec device, PlanCell directory, uint name)
    {
        // A user namespace's root may not make devices; it may show the host's at the same place.
        PlanCell tree = _plan.NewCell();
        _plan.Call(SystemCall.Mknodat, directory, name, Kernel.ModeRegular | DefaultDeviceMode, 0).Ignore(Errno.Exist);
        _plan.Call(
            SystemCall.OpenTree, Kernel.AtFdCwd, _plan.Text(device.Path), Kernel.OpenTreeClone | Kernel.OpenTreeCloseOnExec).Into(tree);
        _plan.Call(SystemCall.MoveMount, tree, _plan.Text(""), directory, name, Kernel.MoveFromEmptyPath);
        _plan.Close(tree);
    }

    private void MakeLinks(PlanCell directory)
    {
        _plan.Subject("The links in '/dev'");
        foreach ((string name, string target) in s_links)
        {
            _plan.Call(SystemCall.Symlinkat, _plan.Text(target), directory, _plan.Text(name)).Ignore(Errno.Exist);
        }

        if (_context.Host.IsDirectory("/proc/kcore") is false)
        {
            _plan.Call(SystemCall.Symlinkat, _plan.Text("/proc/kcore"), directory, _plan.Text("core")).Ignore(Errno.Exist);
        }

        uint ptmx = _plan.Text("ptmx");
        _plan.Call(SystemCall.Unlinkat, directory, ptmx, 0).IgnoreErrors();
        _plan.Call(SystemCall.Symlinkat, _plan.Text("pts/ptmx"), directory, ptmx).Ignore(Errno.Exist);
    }

    /// <summary>Packs a device number as mknod(2) wants it (new_encode_dev).</summary>
    private static ulong DeviceNumber(long major, long minor) =>
        (ulong)((minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xffL) << 12));
}
