using System.Globalization;
using Hull.Cli.Machines;
using Hull.Machine.Board;
using Hull.Machine.Host.Disks;
using Hull.Machine.Host.Network;
using Hull.Machine.Host.Sharing;

namespace Hull.Cli.Commands;

/// <summary>The flags that say what a machine is made of, and what follows from them.</summary>
internal sealed class VmFlags
{
    private const string DefaultMemory = "256m";
    private const string DefaultCommandLine = "console=ttyS0 panic=-1";

    private readonly TextFlag _kernel = new("kernel", '\0', "FILE", "The kernel: a bzImage or an ELF file with a PVH entry (the pulled one).");
    private readonly TextFlag _initrd = new("initrd", '\0', "FILE", "The first file system.");
    private readonly TextFlag _append = new("append", '\0', "TEXT", $"The kernel's command line ({DefaultCommandLine}).");
    private readonly TextFlag _board = new("board", '\0', "NAME", "microvm, or pc with the chips of a PC/AT (microvm).");
    private readonly TextFlag _memory = new("memory", 'm', "SIZE", $"RAM ({DefaultMemory}).");
    private readonly TextFlag _cpus = new("cpus", '\0', "N|SxCxT", "Processors, 1 to 8, or packages x cores x threads (1).");
    private readonly NumberFlag _nodes = new("numa", '\0', "N", "NUMA nodes; memory and processors are spread over them (1).");
    private readonly TextFlag _processor = new("processor", '\0', "NAME", "auto, interpreter or kvm (auto).");
    private readonly SwitchFlag _portable = new("portable", '\0', "Show the guest only what the interpreter and KVM both have: its snapshots go on with either.");
    private readonly ListFlag _disks = new(
        "disk",
        '\0',
        "FILE[,OPTION...]",
        "A disk: format=raw|qcow2, readonly, overlay (the file stays as it is), overlay=FILE (kept), backing=any; may be given again.");
    private readonly ListFlag _nets = new(
        "net",
        '\0',
        "tap=NAME[,mac=ADDRESS][,rate=BYTES]",
        "A network card on a tap of the host, which is made when it is not there; at most so many bytes a second in each direction; may be given again.");
    private readonly ListFlag _shares = new(
        "share",
        '\0',
        "NAME=PATH[,readonly]",
        "A directory or file of the host: the guest mounts the virtio file system 'hull' and finds it there as NAME; may be given again.");
    private readonly SwitchFlag _packed = new("keep-packed", '\0', "Let the guest unpack its kernel itself: slower, with KASLR.");

    internal IReadOnlyList<Flag> All => [_kernel, _initrd, _append, _board, _memory, _cpus, _nodes, _processor, _portable, _disks, _nets, _shares, _packed];

    /// <summary>What was asked for, with absolute paths.</summary>
    /// <exception cref="HullException">A value cannot be, or there is no kernel.</exception>
    internal VmConfiguration Read(CommandContext context) => new()
    {
        Kernel = Path.GetFullPath(_kernel.Map(PathArgument.Require) ?? new KernelCache(context.Paths.Root).Find() ?? throw new HullException(
            ErrorKind.FailedPrecondition, "No kernel was given and none was pulled; use --kernel or 'hull vm kernel pull'.")),
        Initramfs = _initrd.Value is null ? null : Path.GetFullPath(PathArgument.Require(_initrd.Value)),
        CommandLine = _append.Value ?? DefaultCommandLine,
        Board = BoardModel.Parse(_board.Value ?? BoardModel.Microvm.Name).Name,
        MemoryBytes = ByteSize.Parse(_memory.Value ?? DefaultMemory).Bytes,
        Topology = [.. Shape(_cpus.Value ?? "1"), (int)Math.Clamp(_nodes.Value ?? 1, 0, int.MaxValue)],
        Processor = _processor.Value ?? "auto",
        Portable = _portable.Value,
        Disks = [.. _disks.Values.Select(disk => DiskOptions.Parse(disk).ToAbsolute())],
        Networks = [.. _nets.Values.Select(card => CardOptions.Parse(card).ToString())],
        Shares = ReadShares(),
        KeepPacked = _packed.Value,
        Created = TimeProvider.System.GetUtcNow(),
    };

    private List<string> ReadShares()
    {
        List<ShareOptions> shares = [.. _shares.Values.Select(ShareOptions.Parse)];
        ShareOptions.Check(shares);
        return [.. shares.Select(share => share.ToAbsolute())];
    }

    private static int[] Shape(string text)
    {
        string[] parts = text.Split('x');
        int[] numbers = [.. parts.Select(part =>
            int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= 64 ? number : 0)];
        return numbers switch
        {
            [>= 1] => [1, numbers[0], 1],
            [>= 1, >= 1, >= 1] => numbers,
            _ => throw new UsageException($"'{text}' is not a number of processors, nor packages x cores x threads (--cpus)."),
        };
    }
}
