using Hull.Linux;

namespace Hull.Runtime.Container.Spawn;

/// <content>The root file system: cloned or overlaid, protected, and made the process's root.</content>
public sealed partial class SpawnPlanCompiler
{
    private void PrepareRoot()
    {
        _plan.Subject("The root '{0}'", _context.Root.Path);
        if (!HasTree)
        {
            _plan.Call(
                SystemCall.Openat, Kernel.AtFdCwd, _plan.Text(_context.Root.Path),
                Kernel.OPath | Kernel.ODirectory | Kernel.OCloseOnExec).Into(_root);
            return;
        }

        if (HasMounts)
        {
            SetHostPropagation();
        }

        _plan.Subject("The root '{0}'", _context.Root.Path);
        uint path = _plan.Text(_context.Root.Path);
        if (_context.Root.Lower.Count > 0)
        {
            MountOverlay();
        }
        else if (_context.Root.IsMemory)
        {
            // Room for the directories and files that mounts go onto.
            PlanCell made = MakeFileSystem(
                "tmpfs", "tmpfs", ["size=64k", "nr_inodes=64", "mode=755"], Kernel.AttrNoSuid | Kernel.AttrNoDev | Kernel.AttrNoExec);
            _plan.Store(_root.Address, made);
        }
        else
        {
            _plan.Call(
                SystemCall.OpenTree, Kernel.AtFdCwd, path,
                Kernel.OpenTreeClone | Kernel.OpenTreeCloseOnExec | Kernel.AtRecursive).Into(_root);
        }

        // In the host's mount namespace the tree stays detached: the host sees none of its mounts, and they go with the
        // last process that has them as its root. Mounts within detached trees need Linux 6.15.
        if (HasMounts)
        {
            _plan.Call(SystemCall.MoveMount, _root, _plan.Text(""), Kernel.AtFdCwd, path, Kernel.MoveFromEmptyPath | Kernel.MoveToFollows);
        }
    }

    /// <summary>Whether the root is a tree of mounts of its own, attached or not.</summary>
    private bool HasTree => HasMounts
        || _spec.Mounts is { Count: > 0 } || _linux.MaskedPaths is { Count: > 0 } || _linux.ReadonlyPaths is { Count: > 0 }
        || _spec.Root is { Readonly: true } || _context.Root.Lower.Count > 0 || _context.Root.IsMemory;

    private void SetHostPropagation()
    {
        // Nothing that happens to the mounts from here on may reach the host, unless the configuration asks for it.
        uint wanted = MountOptions.PropagationOf(_linux.RootfsPropagation, out _);
        if (wanted == 0 && !string.IsNullOrEmpty(_linux.RootfsPropagation))
        {
            throw new HullException(
                ErrorKind.InvalidArgument, $"The root propagation '{_linux.RootfsPropagation}' does not exist: use private, slave, shared or unbindable.");
        }

        _plan.Subject("The propagation of the host's mounts");
        if (wanted == Kernel.MsShared)
        {
            MakeParentMountPrivate();
            return;
        }

        uint flag = wanted == Kernel.MsPrivate ? Kernel.MsPrivate : Kernel.MsSlave;
        _plan.Call(SystemCall.Mount, 0, _plan.Text("/"), 0, flag | Kernel.MsRecursive, 0);
    }

    private void MakeParentMountPrivate()
    {
        // Only the mount that the root lies on becomes private, else attaching the root would show on the host. Which
        // of the path's directories is that mount is found by trying.
        PlanLabel done = _plan.NewLabel();
        string path = _context.Root.Path;
        while (true)
        {
            _plan.Call(SystemCall.Mount, 0, _plan.Text(path), 0, Kernel.MsPrivate, 0)
                .Then(done).On(Errno.Inval, PlanBuilder.Following);
            if (path == "/")
            {
                break;
            }

            path = Path.GetDirectoryName(path) ?? "/";
        }

        _plan.Mark(done);
    }

    private void MountOverlay()
    {
        PlanCell context = _plan.NewCell();
        _plan.Call(SystemCall.Fsopen, _plan.Text("overlay"), 1).Into(context);
        Configure(context, "source", "overlay");

        // One option per layer exists since Linux 6.5; before, all layers are one string.
        PlanLabel joined = _plan.NewLabel();
        PlanLabel done = _plan.NewLabel();
        uint each = _plan.Text("lowerdir+");
        for (int i = 0; i < _context.Root.Lower.Count; i++)
        {
            PlanStep step = _plan.Call(
                SystemCall.Fsconfig, context, Kernel.FsConfigSetString, each, _plan.Text(_context.Root.Lower[i]), 0);
            if (i == 0)
            {
                step.On(Errno.Inval, joined);
            }
        }

        _plan.Jump(done);
        _plan.Mark(joined);
        Configure(context, "lowerdir", JoinLayers());
        _plan.Mark(done);
        if (_context.Root.Upper is not null)
        {
            Configure(context, "upperdir", _context.Root.Upper);
            Configure(context, "workdir", _context.Root.Work ?? throw new HullException(
                ErrorKind.InvalidArgument, "A root with an upper layer needs a work directory."));
        }

        if (HasMountLabel)
        {
            Configure(context, "context", _linux.MountLabel!); // HasMountLabel: it is not null.
        }

        if (HasUserNamespace)
        {
            _plan.Call(SystemCall.Fsconfig, context, Kernel.FsConfigSetFlag, _plan.Text("userxattr"), 0, 0);
        }

        _plan.Call(SystemCall.Fsconfig, context, Kernel.FsConfigCreate, 0, 0, 0);
        _plan.Call(SystemCall.Fsmount, context, 1, 0).Into(_root);
        _plan.Close(context);
    }

    private string JoinLayers()
    {
        string[] escaped = new string[_context.Root.Lower.Count];
        for (int i = 0; i < escaped.Length; i++)
        {
            escaped[i] = _context.Root.Lower[i].Replace("\\", "\\\\", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal);
        }

        return string.Join(':', escaped);
    }

    private void Configure(PlanCell context, string key, string value) =>
        _plan.Call(SystemCall.Fsconfig, context, Kernel.FsConfigSetString, _plan.Text(key), _plan.Text(value), 0);

    private void ChangeRoot()
    {
        if (HasMounts && HasHooks(_spec.Hooks?.CreateContainer))
        {
            _plan.Subject("The createContainer hooks");
            Synchronize(SyncMessage.ContainerHooks, _context.SyncSocket, _context.SyncSocket);
        }

        if (_spec.Root is { Readonly: true })
        {
            _plan.Subject("The read-only root");
            SetAttributes(_root, Kernel.AttrReadOnly, 0, 0, recursive: false);
        }

        if (HasMounts && _context.NoPivot)
        {
            HideKernelMounts();
        }

        _plan.Subject("The change to the root '{0}'", _context.Root.Path);
        uint here = _plan.Text(".");
        uint top = _plan.Text("/");
        if (!HasMounts)
        {
            _plan.Call(SystemCall.Fchdir, _root);
            _plan.Call(SystemCall.Chroot, here);
        }
        else if (_context.NoPivot)
        {
            _plan.Call(SystemCall.Fchdir, _root);
            _plan.Call(SystemCall.Mount, here, top, 0, Kernel.MsMove, 0);
            _plan.Call(SystemCall.Chroot, here);
        }
        else
        {
            Pivot(here, top);
        }

        _plan.Call(SystemCall.Chdir, top);
        _plan.Close(_root);
        uint propagation = MountOptions.PropagationOf(_linux.RootfsPropagation, out bool recursive);
        if (HasMounts && propagation is not 0 and not Kernel.MsPrivate and not Kernel.MsSlave)
        {
            _plan.Subject("The root propagation '{0}'", _linux.RootfsPropagation);
            _plan.Call(SystemCall.Mount, 0, top, 0, propagation | (recursive ? Kernel.MsRecursive : 0), 0);
        }
    }

    // Without pivot_root(2) the host's mounts stay below the container's root. As long as one of them is a whole proc or
    // sysfs, the kernel lets a user namespace inside mount a new one, without what is masked and read-only.
    private void HideKernelMounts()
    {
        string root = _context.Root.Path + "/";
        foreach (string path in _context.Host.WholeKernelMounts())
        {
            if (path.StartsWith(root, StringComparison.Ordinal))
            {
                continue;
            }

            _plan.Subject("The host's mount '{0}', which '--no-pivot' would leave behind,", path);
            PlanLabel hidden = _plan.NewLabel();
            PlanLabel cover = _plan.NewLabel();
            uint name = _plan.Text(path);

            // Of several mounts at one place each is listed; a mount that is not there any more is no failure. What came
            // from another user namespace cannot be unmounted, only covered.
            _plan.Call(SystemCall.Mount, 0, name, 0, Kernel.MsPrivate, 0).Ignore(Errno.Inval).Ignore(Errno.NoEnt);
            _plan.Call(SystemCall.Umount2, name, Kernel.UmountDetach)
                .Then(hidden).On(Errno.NoEnt, hidden).On(Errno.Inval, cover).On(Errno.Perm, cover);
            _plan.Mark(cover);
            _plan.Call(SystemCall.Mount, _plan.Text("tmpfs"), name, _plan.Text("tmpfs"), 0, 0).Ignore(Errno.NoEnt);
            _plan.Mark(hidden);
        }
    }

    private void Pivot(uint here, uint top)
    {
        PlanCell old = _plan.NewCell();
        _plan.Call(SystemCall.Openat, Kernel.AtFdCwd, top, Kernel.OPath | Kernel.ODirectory | Kernel.OCloseOnExec).Into(old);
        _plan.Call(SystemCall.Fchdir, _root);
        _plan.Call(SystemCall.PivotRoot, here, here);
        _plan.Call(SystemCall.Fchdir, old);

        // The host must not see its mounts go away.
        if (MountOptions.PropagationOf(_linux.RootfsPropagation, out _) == Kernel.MsShared)
        {
            _plan.Call(SystemCall.Mount, 0, here, 0, Kernel.MsSlave | Kernel.MsRecursive, 0);
        }

        _plan.Call(SystemCall.Umount2, here, Kernel.UmountDetach);
        _plan.Close(old);
    }
}
