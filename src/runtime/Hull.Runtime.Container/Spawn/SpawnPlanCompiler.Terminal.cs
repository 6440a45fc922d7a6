using System.Buffers.Binary;
using Hull.Linux;

namespace Hull.Runtime.Container.Spawn;

/// <content>The pseudo-terminal: made inside, its master sent out.</content>
public sealed partial class SpawnPlanCompiler
{
    private void OpenTerminal()
    {
        if (!_process.Terminal)
        {
            return;
        }

        if (_context.ConsoleSocket < 0)
        {
            throw new HullException(ErrorKind.InvalidArgument, "The process asks for a terminal: a console socket must be given.");
        }

        const ulong DevptsMagic = 0x1cd1;
        const uint Unlock = 0x40045431;
        const uint OpenPeer = 0x5441;
        _plan.Subject("The terminal of the process");
        PlanCell master = _plan.NewCell();
        PlanCell slave = _plan.NewCell();
        uint how = _plan.Words(
            Kernel.OReadWrite | Kernel.ONoCtty | Kernel.OCloseOnExec, 0, Kernel.ResolveInRoot | Kernel.ResolveNoMagicLinks);
        uint status = _plan.Scratch(256);
        _plan.Call(SystemCall.Openat2, HasTree ? _root : Kernel.AtFdCwd, _plan.Text("dev/pts/ptmx"), how, 24).Into(master);
        _plan.Call(SystemCall.Fstatfs, master, status);
        _plan.Check(status, ulong.MaxValue, DevptsMagic, Errno.NoDev);
        _plan.Call(SystemCall.Ioctl, master, Unlock, _plan.Words(0));

        // The peer is opened through the master, not by name: nothing in the container can stand in its place.
        _plan.Call(SystemCall.Ioctl, master, OpenPeer, Kernel.OReadWrite | Kernel.ONoCtty | Kernel.OCloseOnExec).Into(slave);
        SetConsoleSize(master);
        if (_context.KeepsLineFeeds)
        {
            KeepLineFeeds(master);
        }

        SendTerminal(master, _context.ConsoleSocket);
        _plan.Close(master);
        BindConsole(slave);
        UseTerminal(slave);
    }

    private void SetConsoleSize(PlanCell master)
    {
        const uint SetWindowSize = 0x5414;
        if (_process.ConsoleSize is { } size && size.Height is > 0 and <= ushort.MaxValue && size.Width is > 0 and <= ushort.MaxValue)
        {
            _plan.Call(SystemCall.Ioctl, master, SetWindowSize, _plan.Words(size.Height | ((ulong)size.Width << 16)));
        }
    }

    // Whoever reads the master may come later than the process's first line: the terminal itself must not make two
    // characters of a line feed. A new terminal has OPOST and ONLCR in c_oflag, the second word of struct termios.
    private void KeepLineFeeds(PlanCell master)
    {
        const uint GetAttributes = 0x5401;
        const uint SetAttributes = 0x5402;
        uint attributes = _plan.Scratch(256);
        _plan.Call(SystemCall.Ioctl, master, GetAttributes, attributes);
        _plan.Store(attributes + 4, 1, width: 4);
        _plan.Call(SystemCall.Ioctl, master, SetAttributes, attributes);
    }

    private void SendTerminal(PlanCell descriptor, int socket)
    {
        // struct cmsghdr: length 20, level SOL_SOCKET, type SCM_RIGHTS, then the descriptor.
        Span<byte> control = stackalloc byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(control, 20);
        BinaryPrimitives.WriteUInt32LittleEndian(control[8..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(control[12..], 1);
        uint message = _plan.Variable(control);
        const string Name = "/dev/pts/ptmx";
        uint vector = _plan.Words(_plan.Text(Name), (ulong)Name.Length);
        uint header = _plan.Words(0, 0, vector, 1, message, 24, 0);
        _plan.Store(message + 16, descriptor, width: 4);
        _plan.Call(SystemCall.Sendmsg, socket, header, 0x4000);
    }

    private void BindConsole(PlanCell slave)
    {
        if (!HasTree || !OwnsDev())
        {
            return;
        }

        _plan.Subject("The device '/dev/console'");
        PlanCell tree = _plan.NewCell();
        PlanCell target = _plan.NewCell();
        OpenPlainFile(target, "/dev/console");
        _plan.Call(
            SystemCall.OpenTree, slave, _plan.Text(""),
            Kernel.OpenTreeClone | Kernel.OpenTreeCloseOnExec | Kernel.AtEmptyPath).Into(tree);
        Attach(tree, target);
        _plan.Close(tree);
    }

    private void UseTerminal(PlanCell slave)
    {
        const uint SetControllingTerminal = 0x540e;
        _plan.Subject("The terminal of the process");
        if (_process.User is { Uid: not 0 } user)
        {
            _plan.Call(SystemCall.Fchown, slave, user.Uid, -1).IgnoreErrors();
        }

        _plan.Call(SystemCall.Ioctl, slave, SetControllingTerminal, 0);
        for (int target = 0; target < 3; target++)
        {
            _plan.Call(SystemCall.Dup2, slave, target);
        }

        _plan.Close(slave);
    }
}
