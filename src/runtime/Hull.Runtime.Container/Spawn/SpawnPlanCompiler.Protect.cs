using Hull.Linux;

namespace Hull.Runtime.Container.Spawn;

/// <content>Masked and read-only paths, and the kernel's settings.</content>
public sealed partial class SpawnPlanCompiler
{
    private void ProtectPaths()
    {
        for (int i = 0; i < (_linux.ReadonlyPaths?.Count ?? 0); i++)
        {
            ProtectPath(_linux.ReadonlyPaths![i]);
        }

        if (_linux.MaskedPaths is { Count: > 0 } masked)
        {
            MaskPaths(masked);
        }

        foreach ((PlanCell mount, string destination) in _readOnlyAtEnd)
        {
            _plan.Subject("The read-only tmpfs '{0}'", destination);
            MakeReadOnly(mount, destination);
            _plan.Close(mount);
        }
    }

    private void ProtectPath(string path)
    {
        _plan.Subject("The read-only path '{0}'", path);
        PlanCell target = _plan.NewCell();
        PlanCell tree = _plan.NewCell();
        PlanLabel absent = _plan.NewLabel();
        uint empty = _plan.Text("");
        OpenExisting(target, path, absent);
        _plan.Call(
            SystemCall.OpenTree, target, empty,
            Kernel.OpenTreeClone | Kernel.OpenTreeCloseOnExec | Kernel.AtEmptyPath | Kernel.AtRecursive).Into(tree);
        SetAttributes(tree, Kernel.AttrReadOnly, 0, 0, recursive: true);
        Attach(tree, target);
        _plan.Close(tree);
        _plan.Mark(absent);
    }

    private void OpenExisting(PlanCell target, string path, PlanLabel absent)
    {
        List<string> components = Components(path);
        _plan.Call(SystemCall.Openat2, _root, _plan.Text(components.Count == 0 ? "." : string.Join('/', components)), _inRoot, 24)
            .Into(target).On(Errno.NoEnt, absent).On(Errno.NotDir, absent);
    }

    private void MaskPaths(IReadOnlyList<string> paths)
    {
        // The host's /dev/null, opened before the root changes, and verified: what hides a secret must not be a link
        // that the image planted (CVE-2025-31133).
        _plan.Subject("The device '/dev/null' of the host");
        PlanCell null_ = _plan.NewCell();
        PlanCell empty = _plan.NewCell(ulong.MaxValue);
        uint status = _plan.Scratch(256);
        _plan.Call(SystemCall.Openat, Kernel.AtFdCwd, _plan.Text("/dev/null"), Kernel.OPath | Kernel.OCloseOnExec | Kernel.ONoFollow).Into(null_);
        _plan.Call(SystemCall.Fstat, null_, status);
        _plan.Check(status + 24, Kernel.ModeTypeMask, Kernel.ModeCharacter, Errno.Perm);
        _plan.Check(status + 40, ulong.MaxValue, Kernel.NullDevice, Errno.Perm);
        for (int i = 0; i < paths.Count; i++)
        {
            if (IndexOf(paths, paths[i]) == i)
            {
                MaskPath(paths[i], null_, empty);
            }
        }

        _plan.Close(null_);
        _plan.Close(empty);
    }

    private static int IndexOf(IReadOnlyList<string> paths, string path)
    {
        int index = 0;
        while (paths[index] != path)
        {
            index++;
        }

        return index;
    }

    private void MaskPath(string path, PlanCell null_, PlanCell empty)
    {
        _plan.Subject("The masked path '{0}'", path);
        PlanCell target = _plan.NewCell();
        PlanCell tree = _plan.NewCell();
        PlanLabel absent = _plan.NewLabel();
        PlanLabel directory = _plan.NewLabel();
        PlanLabel have = _plan.NewLabel();
        PlanLabel attached = _plan.NewLabel();
        PlanLabel closed = _plan.NewLabel();
        uint nothing = _plan.Text("");
        const int Clone = Kernel.OpenTreeClone | Kernel.OpenTreeCloseOnExec | Kernel.AtEmptyPath;
        const int Move = Kernel.MoveFromEmptyPath | Kernel.MoveToEmptyPath;
        OpenExisting(target, path, absent);
        _plan.Call(SystemCall.OpenTree, null_, nothing, Clone).Into(tree);
        _plan.Call(SystemCall.MoveMount, tree, nothing, target, nothing, Move).Then(attached)
            .On(Errno.NotDir, directory).On(Errno.Inval, directory);
        _plan.Mark(directory);
        _plan.Close(tree);

        // One empty read-only tmpfs serves all masked directories; it is made for the first. The others are copies of
        // that place: before Linux 6.15 a mount that lies nowhere yet cannot be copied.
        _plan.Check(empty.Address, ulong.MaxValue, ulong.MaxValue, Errno.Inval).OnError(have);
        PlanCell made = MakeFileSystem("tmpfs", "tmpfs", ["size=0k", "nr_inodes=2"], Kernel.AttrReadOnly | Kernel.AttrNoSuid | Kernel.AttrNoDev | Kernel.AttrNoExec);
        _plan.Store(empty.Address, made);
        _plan.Call(SystemCall.MoveMount, made, nothing, target, nothing, Move).Then(closed);
        _plan.Mark(have);
        _plan.Call(SystemCall.OpenTree, empty, nothing, Clone).Into(tree);
        _plan.Call(SystemCall.MoveMount, tree, nothing, target, nothing, Move);
        _plan.Mark(attached);
        _plan.Close(tree);
        _plan.Mark(closed);
        _plan.Close(target);
        _plan.Mark(absent);
    }

    private void WriteSysctls()
    {
        if (_linux.Sysctl is not { Count: > 0 } sysctls)
        {
            return;
        }

        foreach ((string name, string value) in sysctls)
        {
            RefuseHostSysctl(name);
            _plan.Subject("The kernel setting '{0}'", name);
            WriteFile("/proc/sys/" + name.Replace('.', '/'), value, Errno.None);
        }
    }

    private void RefuseHostSysctl(string name)
    {
        ulong needed = name switch
        {
            _ when name.StartsWith("net.", StringComparison.Ordinal) || name.StartsWith("net/", StringComparison.Ordinal) => Kernel.CloneNewNet,
            _ when name.StartsWith("fs.mqueue.", StringComparison.Ordinal) => Kernel.CloneNewIpc,
            "kernel.msgmax" or "kernel.msgmnb" or "kernel.msgmni" or "kernel.sem" or "kernel.shmall" or "kernel.shmmax"
                or "kernel.shmmni" or "kernel.shm_rmid_forced" => Kernel.CloneNewIpc,
            "kernel.domainname" or "kernel.hostname" => Kernel.CloneNewUts,
            _ when name.StartsWith("user.", StringComparison.Ordinal) => Kernel.CloneNewUser,
            _ => 0,
        };
        if (needed == 0 || (Separate & needed) == 0 || name.Contains("..", StringComparison.Ordinal))
        {
            throw new HullException(
                ErrorKind.InvalidArgument,
                $"The kernel setting '{name}' is not separate in this container's namespaces: setting it would change the host.");
        }
    }
}
