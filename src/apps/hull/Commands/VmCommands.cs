using Hull.Cli.Machines;
using Hull.Linux;

namespace Hull.Cli.Commands;

/// <summary><c>hull vm</c>: machines with a kernel of the user's choosing.</summary>
internal static class VmCommands
{
    /// <summary><c>hull vm run</c>.</summary>
    internal static Command Run()
    {
        VmFlags flags = new();
        return new Command
        {
            Name = "vm run",
            Summary = "run a machine in the foreground",
            Description = "The serial console is on standard input and output; Ctrl-A x ends the machine. "
                + "The exit code is 0 after a power-off, 10 after a reset, 11 after a crash, 130 when you ended it.",
            Examples = "hull vm run --kernel vmlinuz --initrd initrd.cpio --append 'console=ttyS0 quiet'",
            Flags = flags.AllInForeground,
            MaxArguments = 0,
            FailureCode = 1,
            // Files are shared by the command itself: a machine in a jail has none. Who is not root can make no jail.
            Run = context => flags.Shares.Count == 0 && KernelProcess.EffectiveUserId == 0
                ? Task.FromResult(JailedRunner.Run(flags.Read(context), context.Paths))
                : MachineRunner.RunAsync(flags.Read(context), flags.Shares, context.Cancellation),
        };
    }
}
