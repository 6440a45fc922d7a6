using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Spawn;

/// <content>The mounts: made detached, aimed by descriptor, attached.</content>
public sealed partial class SpawnPlanCompiler
{
    private readonly List<(PlanCell Mount, string Destination)> _readOnlyAtEnd = [];

    private void MountAll()
    {
        for (int i = 0; i < (_spec.Mounts?.Count ?? 0); i++)
        {
            MountSpec mount = _spec.Mounts![i];
            MountOptions options = MountOptions.Parse(mount.Type, mount.Options);
            _plan.Subject("The mount '{0}' of type '{1}'", mount.Destination, options.IsBind ? "bind" : mount.Type ?? "none");
            if (options.IsBind)
            {
                MountBind(i, mount, options);
            }
            else if (mount.Type is "cgroup" or "cgroup2")
            {
                MountCgroups(mount, options);
            }
            else
            {
                MountFileSystem(mount, options);
            }
        }
    }

    private void MountFileSystem(MountSpec mount, MountOptions options)
    {
        string type = mount.Type is { Length: > 0 } given ? given : throw new HullException(
            ErrorKind.InvalidArgument, $"The mount '{mount.Destination}' has neither a type nor the option 'bind'.");

        // A tmpfs becomes read-only at the very end: later mounts may need directories in it.
        bool readOnlyLater = type == "tmpfs" && (options.Set & Kernel.AttrReadOnly) != 0;
        uint attributes = options.Set & ~(readOnlyLater ? Kernel.AttrReadOnly : 0);
        PlanCell made = MakeFileSystem(type, mount.Source ?? type, options.Data, attributes);
        PlanCell target = _plan.NewCell();
        if (type is "proc" or "sysfs")
        {
            _plan.Subject("The mount '{0}', which must be mounted on ordinary directory,", mount.Destination);
            OpenPlainDirectory(target, mount.Destination);
            _plan.Subject("The mount '{0}' of type '{1}'", mount.Destination, type);
        }
        else
        {
            OpenTarget(target, mount.Destination, directory: true);
        }

        if (options.CopiesUp)
        {
            CopyUp(target, made);
        }

        AttachWith(made, target, options);
        FinishMount(made, readOnlyLater, mount.Destination);
    }

    private void AttachWith(PlanCell tree, PlanCell target, MountOptions options)
    {
        if (HasMounts)
        {
            Attach(tree, target);
        }

        Propagate(tree, options);
        SetRecursiveAttributes(tree, options);
        if (!HasMounts)
        {
            // Within a detached tree the kernel changes no mount any more.
            Attach(tree, target);
        }
    }

    private void CopyUp(PlanCell target, PlanCell made)
    {
        // Copying is no flat list of steps: the parent takes both descriptors out of this process and does it.
        Span<byte> record = stackalloc byte[24];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)SyncMessage.CopyUp);
        uint message = _plan.Variable(record);
        _plan.Store(message + 8, target);
        _plan.Store(message + 16, made);
        _plan.Call(SystemCall.Write, _context.SyncSocket, message, record.Length);
        _plan.Call(SystemCall.Read, _context.SyncSocket, _plan.Scratch(8), 1).Into(_answer);
        _plan.Check(_answer.Address, ulong.MaxValue, 1, Linux.Errno.Pipe);
    }

    private void FinishMount(PlanCell made, bool readOnlyLater, string destination)
    {
        if (readOnlyLater)
        {
            _readOnlyAtEnd.Add((made, destination));
        }
        else
        {
            _plan.Close(made);
        }
    }

    private PlanCell MakeFileSystem(string type, string source, List<string> data, uint attributes)
    {
        PlanCell context = _plan.NewCell();
        PlanCell made = _plan.NewCell();
        _plan.Call(SystemCall.Fsopen, _plan.Text(type), 1).Into(context);
        Configure(context, "source", source);
        for (int i = 0; i < data.Count; i++)
        {
            int equals = data[i].IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                _plan.Call(SystemCall.Fsconfig, context, Kernel.FsConfigSetFlag, _plan.Text(data[i]), 0, 0);
            }
            else
            {
                Configure(context, data[i][..equals], data[i][(equals + 1)..]);
            }
        }

        _plan.Call(SystemCall.Fsconfig, context, Kernel.FsConfigCreate, 0, 0, 0);
        _plan.Call(SystemCall.Fsmount, context, 1, attributes).Into(made);
        _plan.Close(context);
        return made;
    }

    private void MountBind(int index, MountSpec mount, MountOptions options)
    {
        string source = Absolute(mount.Source ?? throw new HullException(
            ErrorKind.InvalidArgument, $"The bind mount '{mount.Destination}' has no source."));
        bool directory = _context.Host.IsDirectory(source) ?? throw new HullException(
            ErrorKind.NotFound, $"The source '{source}' of the bind mount '{mount.Destination}' does not exist: no such file or directory.");
        PlanCell target = _plan.NewCell();
        PlanCell tree;
        if (_context.PreparedMounts.TryGetValue(index, out int prepared))
        {
            tree = _plan.NewCell((ulong)_plan.Inherit(prepared));
        }
        else
        {
            tree = _plan.NewCell();
            int recursive = options.IsRecursiveBind ? Kernel.AtRecursive : 0;
            _plan.Call(
                SystemCall.OpenTree, Kernel.AtFdCwd, _plan.Text(source),
                Kernel.OpenTreeClone | Kernel.OpenTreeCloseOnExec | recursive).Into(tree);
        }

        if ((options.Set | options.Clear) != 0)
        {
            SetAttributes(tree, options.Set, options.Clear, 0, recursive: false);
        }

        OpenTarget(target, mount.Destination, directory);
        AttachWith(tree, target, options);
        _plan.Close(tree);
    }

    private void SetRecursiveAttributes(PlanCell tree, MountOptions options)
    {
        if ((options.RecursiveSet | options.RecursiveClear) != 0)
        {
            SetAttributes(tree, options.RecursiveSet, options.RecursiveClear, 0, recursive: true);
        }
    }

    private void Propagate(PlanCell tree, MountOptions options)
    {
        if (options.Propagation != 0)
        {
            SetAttributes(tree, 0, 0, options.Propagation, options.PropagationIsRecursive);
        }
    }

    private void SetAttributes(PlanCell tree, uint set, uint clear, uint propagation, bool recursive)
    {
        // The atime bits are one field: whatever is set, the whole field is cleared first.
        uint cleared = (set & Kernel.AttrAtimeMask) != 0 ? clear | Kernel.AttrAtimeMask : clear;
        _plan.Call(
            SystemCall.MountSetattr, tree, _plan.Text(""), Kernel.AtEmptyPath | (recursive ? Kernel.AtRecursive : 0),
            _plan.Words(set, cleared, propagation, 0), 32);
    }

    private void MountCgroups(MountSpec mount, MountOptions options)
    {
        bool readOnly = (options.Set & Kernel.AttrReadOnly) != 0;
        PlanCell target = _plan.NewCell();
        if (_context.CgroupViews is [{ Name: "" } only])
        {
            PlanCell tree = CloneCgroup(only, options.Set);
            OpenTarget(target, mount.Destination, directory: true);
            Attach(tree, target);
            _plan.Close(tree);
            return;
        }

        PlanCell made = MakeFileSystem("tmpfs", "tmpfs", ["mode=755"], options.Set & ~Kernel.AttrReadOnly);
        OpenTarget(target, mount.Destination, directory: true);
        Attach(made, target);
        for (int i = 0; i < _context.CgroupViews.Count; i++)
        {
            CgroupView view = _context.CgroupViews[i];
            uint name = _plan.Text(view.Name);
            if (view.Link is not null)
            {
                _plan.Call(SystemCall.Symlinkat, _plan.Text(view.Link), made, name);
                continue;
            }

            PlanCell tree = CloneCgroup(view, options.Set);
            _plan.Call(SystemCall.Mkdirat, made, name, 0x1ed);
            _plan.Call(SystemCall.MoveMount, tree, _plan.Text(""), made, name, Kernel.MoveFromEmptyPath);
            _plan.Close(tree);
        }

        if (readOnly)
        {
            MakeReadOnly(made, mount.Destination);
        }

        _plan.Close(made);
    }

    /// <summary>Makes an attached mount read-only, without what is mounted below it.</summary>
    private void MakeReadOnly(PlanCell attached, string destination)
    {
        if (HasMounts)
        {
            SetAttributes(attached, Kernel.AttrReadOnly, 0, 0, recursive: false);
            return;
        }

        // Within a detached tree the kernel changes no mount: a read-only copy goes over it.
        PlanCell copy = _plan.NewCell();
        PlanCell target = _plan.NewCell();
        _plan.Call(
            SystemCall.OpenTree, attached, _plan.Text(""),
            Kernel.OpenTreeClone | Kernel.OpenTreeCloseOnExec | Kernel.AtEmptyPath | Kernel.AtRecursive).Into(copy);
        SetAttributes(copy, Kernel.AttrReadOnly, 0, 0, recursive: false);
        OpenTarget(target, destination, directory: true);
        Attach(copy, target);
        _plan.Close(copy);
    }

    private PlanCell CloneCgroup(CgroupView view, uint attributes)
    {
        PlanCell tree = _plan.NewCell();
        _plan.Call(
            SystemCall.OpenTree, Kernel.AtFdCwd, _plan.Text(view.HostDirectory),
            Kernel.OpenTreeClone | Kernel.OpenTreeCloseOnExec).Into(tree);
        SetAttributes(tree, attributes, 0, 0, recursive: false);
        return tree;
    }

    private void Attach(PlanCell tree, PlanCell target)
    {
        uint empty = _plan.Text("");
        _plan.Call(SystemCall.MoveMount, tree, empty, target, empty, Kernel.MoveFromEmptyPath | Kernel.MoveToEmptyPath);
        _plan.Close(target);
    }

    private string Absolute(string path) => path.StartsWith('/') ? path : Path.Combine(_context.BundleDirectory, path);
}
