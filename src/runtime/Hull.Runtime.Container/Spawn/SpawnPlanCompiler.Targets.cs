using Hull.Linux;

namespace Hull.Runtime.Container.Spawn;

/// <content>Paths below the root: opened without leaving it, made when missing.</content>
public sealed partial class SpawnPlanCompiler
{
    /// <summary>The components of a path in the container, without dots.</summary>
    internal static List<string> Components(string path)
    {
        List<string> components = [];
        foreach (string part in path.Split('/'))
        {
            if (part == "..")
            {
                if (components.Count > 0)
                {
                    components.RemoveAt(components.Count - 1);
                }
            }
            else if (part is not ("" or "."))
            {
                components.Add(part);
            }
        }

        return components;
    }

    /// <summary>Opens what a mount goes onto; links are followed inside the root, missing parts are made.</summary>
    /// <param name="target">Receives it.</param>
    /// <param name="path">Where.</param>
    /// <param name="directory">Whether what is missing becomes a directory.</param>
    /// <param name="mount">The number of the mount: its parent makes the place where links lead to nothing. -1 for no mount.</param>
    private void OpenTarget(PlanCell target, string path, bool directory, int mount = -1)
    {
        List<string> components = Components(path);
        uint text = _plan.Text(components.Count == 0 ? "." : string.Join('/', components));
        PlanLabel make = _plan.NewLabel();
        PlanLabel found = _plan.NewLabel();
        _plan.Call(SystemCall.Openat2, _root, text, _inRoot, 24).Into(target).Then(found).On(Errno.NoEnt, make);
        _plan.Mark(make);
        PlanLabel dangling = _plan.NewLabel();
        if (components.Count > 0)
        {
            MakeMissing(components, directory, mount < 0 ? null : dangling);
        }

        PlanStep open = _plan.Call(SystemCall.Openat2, _root, text, _inRoot, 24).Into(target);
        if (mount >= 0)
        {
            open.Then(found).On(Errno.NoEnt, dangling);
            _plan.Mark(dangling);
            AskParent(SyncMessage.MakeTarget, _root, ((ulong)mount << 1) | (directory ? 1u : 0));
            _plan.Call(SystemCall.Openat2, _root, text, _inRoot, 24).Into(target);
        }

        _plan.Mark(found);
    }

    /// <summary>Lets the parent do something with a descriptor of this process.</summary>
    private void AskParent(SyncMessage what, PlanCell descriptor, ulong value)
    {
        Span<byte> record = stackalloc byte[24];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)what);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(record[16..], value);
        uint message = _plan.Variable(record);
        _plan.Store(message + 8, descriptor);
        _plan.Call(SystemCall.Write, _context.SyncSocket, message, record.Length);
        _plan.Call(SystemCall.Read, _context.SyncSocket, _plan.Scratch(8), 1).Into(_answer);
        _plan.Check(_answer.Address, ulong.MaxValue, 1, Errno.Pipe);
    }

    /// <summary>Opens what proc or sysfs goes onto: a real directory, reached without any link (CVE-2023-27561).</summary>
    private void OpenPlainDirectory(PlanCell target, string path)
    {
        List<string> components = Components(path);
        uint text = _plan.Text(components.Count == 0 ? "." : string.Join('/', components));
        uint how = _plan.Words(
            Kernel.OPath | Kernel.OCloseOnExec | Kernel.ODirectory, 0, Kernel.ResolveInRoot | Kernel.ResolveNoSymlinks);
        PlanLabel make = _plan.NewLabel();
        PlanLabel found = _plan.NewLabel();
        _plan.Call(SystemCall.Openat2, _root, text, how, 24).Into(target).Then(found).On(Errno.NoEnt, make);
        _plan.Mark(make);
        if (components.Count > 0)
        {
            MakeMissing(components, directory: true);
        }

        _plan.Call(SystemCall.Openat2, _root, text, how, 24).Into(target);
        _plan.Mark(found);
    }

    /// <summary>Opens the file a device goes onto, reached without any link (CVE-2025-52565).</summary>
    private void OpenPlainFile(PlanCell target, string path)
    {
        List<string> components = Components(path);
        uint text = _plan.Text(string.Join('/', components));
        uint how = _plan.Words(Kernel.OPath | Kernel.OCloseOnExec, 0, Kernel.ResolveInRoot | Kernel.ResolveNoSymlinks);
        PlanLabel make = _plan.NewLabel();
        PlanLabel found = _plan.NewLabel();
        _plan.Call(SystemCall.Openat2, _root, text, how, 24).Into(target).Then(found).On(Errno.NoEnt, make);
        _plan.Mark(make);
        MakeMissing(components, directory: false);
        _plan.Call(SystemCall.Openat2, _root, text, how, 24).Into(target);
        _plan.Mark(found);
    }

    /// <summary>Makes the missing components one by one, each in a directory that was opened inside the root.</summary>
    private void MakeMissing(List<string> components, bool directory, PlanLabel? dangling = null)
    {
        PlanCell parent = _plan.NewCell();
        PlanCell next = _plan.NewCell();
        OpenParent(components, components.Count - 1, parent, next, dangling);
        uint name = _plan.Text(components[^1]);
        if (directory)
        {
            _plan.Call(SystemCall.Mkdirat, parent, name, 0x1ed).Ignore(Errno.Exist);
        }
        else
        {
            _plan.Call(SystemCall.Mknodat, parent, name, Kernel.ModeRegular | 0x1a4, 0).Ignore(Errno.Exist);
        }

        _plan.Close(parent);
    }

    /// <summary>Opens the directory made of the first components, making what is missing.</summary>
    private void OpenParent(List<string> components, int count, PlanCell parent, PlanCell next, PlanLabel? dangling = null)
    {
        uint self = _plan.Text(".");
        uint directory = _plan.Words(
            Kernel.OPath | Kernel.OCloseOnExec | Kernel.ODirectory, 0, Kernel.ResolveInRoot | Kernel.ResolveNoMagicLinks);
        uint fresh = _plan.Words(
            Kernel.OPath | Kernel.OCloseOnExec | Kernel.ODirectory, 0, Kernel.ResolveBeneath | Kernel.ResolveNoSymlinks);
        _plan.Call(SystemCall.Openat2, _root, self, directory, 24).Into(parent);
        string prefix = "";
        for (int i = 0; i < count; i++)
        {
            prefix = i == 0 ? components[0] : prefix + "/" + components[i];
            PlanLabel make = _plan.NewLabel();
            PlanLabel found = _plan.NewLabel();
            _plan.Call(SystemCall.Openat2, _root, _plan.Text(prefix), directory, 24).Into(next).Then(found).On(Errno.NoEnt, make);
            _plan.Mark(make);
            uint name = _plan.Text(components[i]);
            _plan.Call(SystemCall.Mkdirat, parent, name, 0x1ed).Ignore(Errno.Exist);
            PlanStep open = _plan.Call(SystemCall.Openat2, parent, name, fresh, 24).Into(next);
            if (dangling is PlanLabel elsewhere)
            {
                open.On(Errno.Loop, elsewhere);
            }

            _plan.Mark(found);
            _plan.Close(parent);
            _plan.Store(parent.Address, next);
        }
    }
}
