using System.Globalization;
using Hull.Cli.Machines;

namespace Hull.Cli.Commands;

/// <summary><c>hull vm</c>: machines with a kernel of the user's choosing.</summary>
internal static class VmCommands
{
    private const string DefaultMemory = "256m";
    private const string DefaultCommandLine = "console=ttyS0 reboot=k panic=-1";

    /// <summary><c>hull vm run</c>.</summary>
    internal static Command Run()
    {
        TextFlag kernel = new("kernel", '\0', "FILE", "The kernel: a bzImage or an ELF file with a PVH entry (the pulled one).");
        TextFlag initrd = new("initrd", '\0', "FILE", "The first file system.");
        TextFlag append = new("append", '\0', "TEXT", $"The kernel's command line ({DefaultCommandLine}).");
        TextFlag memory = new("memory", 'm', "SIZE", $"RAM ({DefaultMemory}).");
        NumberFlag cpus = new("cpus", '\0', "N", "Processors, 1 to 8 (1).");
        TextFlag processor = new("processor", '\0', "NAME", "auto, interpreter, translator or kvm (auto).");
        ListFlag disks = new(
            "disk",
            '\0',
            "FILE[,OPTION...]",
            "A disk: format=raw|qcow2, readonly, overlay (the file stays as it is), overlay=FILE (kept), backing=any; may be given again.");
        SwitchFlag packed = new("keep-packed", '\0', "Let the guest unpack its kernel itself: slower, with KASLR.");
        return new Command
        {
            Name = "vm run",
            Summary = "run a machine in the foreground",
            Description = "The serial console is on standard input and output; Ctrl-A x ends the machine. "
                + "The exit code is 0 after a power-off, 10 after a reset, 11 after a crash, 130 when you ended it.",
            Examples = "hull vm run --kernel vmlinuz --initrd initrd.cpio --append 'console=ttyS0 quiet'",
            Flags = [kernel, initrd, append, memory, cpus, processor, disks, packed],
            MaxArguments = 0,
            FailureCode = 1,
            Run = context => MachineRunner.RunAsync(
                new MachineOptions
                {
                    Kernel = kernel.Value ?? Cache(context).Find() ?? throw NoKernel(),
                    Initramfs = initrd.Value,
                    CommandLine = append.Value ?? DefaultCommandLine,
                    Memory = ByteSize.Parse(memory.Value ?? DefaultMemory),
                    Processors = Count(cpus.Value ?? 1),
                    Processor = processor.Value ?? "auto",
                    Disks = disks.Values,
                    KeepPacked = packed.Value,
                },
                context.Cancellation),
        };
    }

    /// <summary><c>hull vm kernel pull</c>.</summary>
    internal static Command KernelPull() => new()
    {
        Name = "vm kernel",
        Summary = "pull a guest kernel from the host's package sources",
        Usage = "pull",
        Description = "Downloads Debian's cloud kernel by way of apt, unpacks it below Hull's root and prints its path.",
        MinArguments = 1,
        MaxArguments = 1,
        Run = context =>
        {
            if (context.Arguments[0] != "pull")
            {
                throw new UsageException($"'{context.Arguments[0]}' is not something to do with kernels: use pull.");
            }

            context.Output.WriteLine(Cache(context).Pull());
            return Task.FromResult(0);
        },
    };

    private static KernelCache Cache(CommandContext context) => new(context.Paths.Root);

    private static int Count(long cpus) => cpus is >= 1 and <= int.MaxValue
        ? (int)cpus
        : throw new UsageException($"'{cpus.ToString(CultureInfo.InvariantCulture)}' is not a number of processors (--cpus).");

    private static HullException NoKernel() => new(
        ErrorKind.FailedPrecondition, "No kernel was given and none was pulled; use --kernel or 'hull vm kernel pull'.");
}
