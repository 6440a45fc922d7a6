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
                + "The exit code is 0 after a power-off, 10 after a reset, 11 after a crash, 130 when you ended it. "
                + "The processes of the machine are jailed. Root's have a user and a cgroup of their own; yours, when you are not root, keep your "
                + "user and your cgroup, in namespaces of their own, without capabilities and with a list of system calls.",
            Examples = "hull vm run --kernel vmlinuz --initrd initrd.cpio --append 'console=ttyS0 quiet'",
            Flags = flags.All,
            MaxArguments = 0,
            FailureCode = 1,
            Run = RunAsync,
        };

        Task<int> RunAsync(CommandContext context)
        {
            VmConfiguration machine = flags.Read(context);
            try
            {
                return Task.FromResult(JailedRunner.Run(machine, RunState.For(context.Paths), context.Error));
            }
            catch (NoJailException why) when (KernelProcess.EffectiveUserId != 0)
            {
                // It harms nobody but who runs it; for root it would be a way to everything.
                Printable.Complain(context.Error, $"The machine runs without a jail, with your own rights: {why.Message}");
                return MachineRunner.RunAsync(machine, context.Cancellation);
            }
        }
    }
}
