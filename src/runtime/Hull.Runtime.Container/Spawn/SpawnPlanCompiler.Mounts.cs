using Hull.Linux;
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
            string destination = ContainerPaths.Destination(_context.Root.Path, mount.Destination);
            mount = destination == mount.Destination ? mount : mount with { Destination = destination };
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
                if (mount.Type == "tmpfs")
                {
                    InheritMode(i, mount, options);
                }

                MountFileSystem(i, mount, options);
            }
        }
    }

    private void MountFileSystem(int index, MountSpec mount, MountOptions options)
    {
        string type = mount.Type is { Length: > 0 } given ? given : throw new HullException(
            ErrorKind.InvalidArgument, $"The mount '{mount.Destination}' has neither a type nor the option 'bind'.");

        // A tmpfs becomes read-only at the very end: later mounts may need directories in it.
        bool readOnlyLater = type == "tmpfs" && (options.Set & Kernel.AttrReadOnly) != 0;
        uint attributes = options.Set & ~(readOnlyLater ? Kernel.AttrReadOnly : 0);
        PlanCell made = MakeFileSystem(type, mount.Source ?? type, Labelled(type, options.Data), attributes, mount.Destination);
        PlanCell target = _plan.NewCell();
        if (type is "proc" or "sysfs")
        {
            _plan.Subject("The mount '{0}', which must be mounted on ordinary directory,", mount.Destination);
            OpenPlainDirectory(target, mount.Destination);
            _plan.Subject("The mount '{0}' of type '{1}'", mount.Destination, type);
        }
        else
        {
            OpenTarget(target, mount.Destination, directory: true, index);
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

    // A tmpfs over a directory of the image keeps that directory's permissions, unless it says its own. Below another mount
    // there is no directory of the image to ask.
    private void InheritMode(int index, MountSpec mount, MountOptions options)
    {
        bool given = false;
        for (int i = 0; i < options.Data.Count; i++)
        {
            given |= options.Data[i].StartsWith("mode=", StringComparison.Ordinal);
        }

        for (int i = 0; i < index; i++)
        {
            string before = _spec.Mounts![i].Destination.TrimEnd('/') + "/"; // Mounts up to the index exist.
            given |= mount.Destination.StartsWith(before, StringComparison.Ordinal);
        }

        if (!given && _context.Host.PermissionsOf(_context.Root.Path, string.Join('/', Components(mount.Destination))) is uint mode)
        {
            options.Data.Add("mode=" + Convert.ToString((int)mode, 8));
        }
    }

    // A kernel without SELinux does not know the option: there the label means nothing, as other labels.
    private bool HasMountLabel =>
        !string.IsNullOrEmpty(_linux.MountLabel) && _context.Host.IsDirectory("/sys/fs/selinux") is true;

    // Every file of the new file system has the label, whoever makes it. The kernel's own file systems have theirs already.
    private List<string> Labelled(string type, List<string> data) =>
        HasMountLabel && type is not "proc" and not "sysfs" and not "mqueue" ? [.. data, "context=" + _linux.MountLabel] : data;

    private PlanCell MakeFileSystem(string type, string source, List<string> data, uint attributes, string? destination = null)
    {
        PlanCell context = _plan.NewCell();
        PlanCell made = _plan.NewCell();
        _plan.Call(SystemCall.Fsopen, _plan.Text(type), 1).Into(context);
        Configure(context, "source", source);
        for (int i = 0; i < data.Count; i++)
        {
            if (destination is not null)
            {
                _plan.Subject("The mount '{0}' with the option '{1}'", destination, data[i]);
            }

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

        if (destination is not null && data.Count > 0)
        {
            _plan.Subject("The mount '{0}' of type '{1}'", destination, type);
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
        string? inside = HasTree ? ContainerPaths.MadeBefore(_context.Root.Path, _spec.Mounts!, index, source) : null;
        bool? directory = inside is null
            ? _context.Host.IsDirectory(source) ?? throw new HullException(
                ErrorKind.NotFound, $"The source '{source}' of the bind mount '{mount.Destination}' does not exist: no such file or directory.")
            : null;
        PlanCell target = _plan.NewCell();
        PlanCell tree = inside is null ? CopyTree(index, mount, source, options) : CopyInside(index, mount, inside, options);

        // In a user namespace the options that the source has are locked by the attaching, and the kernel must say so.
        bool changes = options.HasAttributes;
        bool late = changes && HasUserNamespace && HasMounts;
        if (changes && !late)
        {
            SetBindAttributes(tree, options);
        }

        OpenTargetFor(tree, target, mount.Destination, directory, index);
        if (late)
        {
            Attach(tree, target);
            SetBindAttributes(tree, options);
            Propagate(tree, options);
            SetRecursiveAttributes(tree, options);
        }
        else
        {
            AttachWith(tree, target, options);
        }

        _plan.Close(tree);
    }

    // A source that an earlier mount made: reached as the container would reach it. Who owns its file system maps its ids.
    private PlanCell CopyInside(int index, MountSpec mount, string inside, MountOptions options)
    {
        PlanCell place = _plan.NewCell();
        PlanCell tree = _plan.NewCell();
        int recursive = options.IsRecursiveBind ? Kernel.AtRecursive : 0;
        _plan.Call(SystemCall.Openat2, _root, _plan.Text(inside), _inRoot, 24).Into(place);
        _plan.Call(
            SystemCall.OpenTree, place, _plan.Text(""),
            Kernel.OpenTreeClone | Kernel.OpenTreeCloseOnExec | Kernel.AtEmptyPath | recursive).Into(tree);
        _plan.Close(place);
        if (options.IsIdMapped || mount.UidMappings is { Count: > 0 } || mount.GidMappings is { Count: > 0 })
        {
            AskParent(SyncMessage.MapMount, tree, (ulong)index);
        }

        return tree;
    }

    // What goes onto a directory must be one, and a file onto a file. Of a source that only this process sees, only it can say.
    private void OpenTargetFor(PlanCell tree, PlanCell target, string destination, bool? directory, int index)
    {
        if (directory is bool known)
        {
            OpenTarget(target, destination, known, index);
            return;
        }

        uint status = _plan.Scratch(256);
        PlanLabel isFile = _plan.NewLabel();
        PlanLabel opened = _plan.NewLabel();
        _plan.Call(SystemCall.Newfstatat, tree, _plan.Text(""), status, Kernel.AtEmptyPath);
        _plan.Check(status + 24, Kernel.ModeTypeMask, Kernel.ModeDirectory, Errno.NotDir).OnError(isFile);
        OpenTarget(target, destination, directory: true, index);
        _plan.Jump(opened);
        _plan.Mark(isFile);
        OpenTarget(target, destination, directory: false, index);
        _plan.Mark(opened);
    }

    // A mount with mapped ids was copied by the parent. Others are copied here, so that what the host's mount forbids stays
    // locked in a user namespace; the parent's copy is for sources that the namespace's root cannot reach.
    private PlanCell CopyTree(int index, MountSpec mount, string source, MountOptions options)
    {
        bool isPrepared = _context.PreparedMounts.TryGetValue(index, out int prepared);
        if (isPrepared && (options.IsIdMapped || mount.UidMappings is { Count: > 0 }))
        {
            return _plan.NewCell((ulong)_plan.Inherit(prepared));
        }

        PlanCell tree = _plan.NewCell();
        int recursive = options.IsRecursiveBind ? Kernel.AtRecursive : 0;
        PlanStep copy = _plan.Call(
            SystemCall.OpenTree, Kernel.AtFdCwd, _plan.Text(source),
            Kernel.OpenTreeClone | Kernel.OpenTreeCloseOnExec | recursive).Into(tree);
        if (isPrepared)
        {
            PlanLabel unreachable = _plan.NewLabel();
            PlanLabel copied = _plan.NewLabel();
            copy.Then(copied).On(Errno.Acces, unreachable);
            _plan.Mark(unreachable);
            _plan.Store(tree.Address, _plan.Inherit(prepared));
            _plan.Mark(copied);
        }

        return tree;
    }

    // As with a remount by mount(2), which every runtime so far has used: options that are given replace all the source's,
    // but the kind of access times stays when none is given. In a user namespace those of the source may be locked, and of
    // the ones that can be locked only those that are named change then.
    private void SetBindAttributes(PlanCell tree, MountOptions options)
    {
        const uint Lockable = Kernel.AttrReadOnly | Kernel.AttrNoSuid | Kernel.AttrNoDev | Kernel.AttrNoExec;
        uint given = options.Clear | (Kernel.AttrNoSymFollow & ~options.Set)
            | (options.SetsTimes ? Kernel.AttrAtimeMask | (Kernel.AttrNoDirAtime & ~options.Set) : 0);
        PlanLabel locked = _plan.NewLabel();
        PlanLabel done = _plan.NewLabel();
        uint empty = _plan.Text("");
        _plan.Call(
            SystemCall.MountSetattr, tree, empty, Kernel.AtEmptyPath,
            _plan.Words(options.Set, given | (Lockable & ~options.Set), 0, 0), 32).Then(done).On(Errno.Perm, locked);
        _plan.Mark(locked);
        _plan.Call(SystemCall.MountSetattr, tree, empty, Kernel.AtEmptyPath, _plan.Words(options.Set, given, 0, 0), 32);
        _plan.Mark(done);
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

        PlanCell made = MakeFileSystem("tmpfs", "tmpfs", Labelled("tmpfs", ["mode=755"]), options.Set & ~Kernel.AttrReadOnly);
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
