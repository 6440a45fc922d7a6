using Hull.Cli.Machines;

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
            Flags = flags.All,
            MaxArguments = 0,
            FailureCode = 1,
            Run = context => MachineRunner.RunAsync(flags.Read(context), context.Cancellation),
        };
    }

    /// <summary><c>hull vm kernel pull</c>.</summary>
    internal static Command KernelPull() => new()
    {
        Name = "vm kernel",
        Summary = "pull a guest kernel from the host's package sources",
        Usage = "pull [SUITE]",
        Description = "Downloads Debian's cloud kernel by way of apt, unpacks it below Hull's root and prints its path. "
            + "Without a suite, such as trixie, it is the host's own.",
        Examples = "hull vm kernel pull trixie",
        MinArguments = 1,
        MaxArguments = 2,
        Run = context =>
        {
            if (context.Arguments[0] != "pull")
            {
                throw new UsageException($"'{context.Arguments[0]}' is not something to do with kernels: use pull.");
            }

            context.Output.WriteLine(Cache(context).Pull(context.Arguments.Count > 1 ? context.Arguments[1] : null));
            return Task.FromResult(0);
        },
    };

    private static KernelCache Cache(CommandContext context) => new(context.Paths.Root);
}
