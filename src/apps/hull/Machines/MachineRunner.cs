using System.Runtime.InteropServices;
using Hull.Cpu.Choice;
using Hull.Linux;
using Hull.Machine;
using Hull.Machine.Board;
using Hull.Machine.Boot;
using Hull.Machine.Devices.Power;
using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host;
using Hull.Machine.Host.Sharing;

namespace Hull.Cli.Machines;

/// <summary>Runs one machine in the foreground.</summary>
internal static class MachineRunner
{
    /// <summary>The guest switched itself off.</summary>
    internal const int PoweredOff = 0;

    /// <summary>The guest asked for a reset.</summary>
    internal const int WasReset = 10;

    /// <summary>The guest crashed: a triple fault.</summary>
    internal const int Crashed = 11;

    /// <summary>The user ended it.</summary>
    internal const int Interrupted = 130;

    /// <summary>Builds, boots and runs it until it ends.</summary>
    /// <returns>The exit code that tells how it ended.</returns>
    /// <exception cref="HullException">It cannot be built or booted.</exception>
    internal static async Task<int> RunAsync(VmConfiguration options, CancellationToken cancellation)
    {
        using ProcessorChoice processors = ProcessorChoice.Make(options.Processor);
        using DiskSet disks = new(options.Disks);
        using HostClock clock = new(TimeProvider.System);
        using CardSet cards = new(options.Networks, clock);
        using SerialConsole console = new();
        using FileServer? files = OpenShares([.. options.Shares.Select(ShareOptions.Parse)], options.MemoryBytes);
        MachineSpec spec = new()
        {
            Board = BoardModel.Parse(options.Board),
            Memory = new ByteSize(options.MemoryBytes),
            Topology = new CpuTopology(options.Topology[0], options.Topology[1], options.Topology[2]),
            Nodes = options.Topology[3],
            SerialOutput = console,
            AlsoOn = options.Portable ? processors.Other : null,
            Devices = [new EntropyDevice(new HostEntropy()), new BalloonDevice(), .. disks.Devices, .. cards.Devices, .. FileSystems(files)],
        };
        using VirtualMachine machine = new(spec, clock, processors.Factory);
        machine.Load(ReadBoot(options));
        cards.Start();
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using PosixSignalRegistration interrupt = Handle(PosixSignal.SIGINT, ended);
        using PosixSignalRegistration terminate = Handle(PosixSignal.SIGTERM, ended);
        console.Start(machine.Serial, machine.Stop);
        return await machine.RunAsync(ended.Token) switch
        {
            PowerEvent.PowerOff => PoweredOff,
            PowerEvent.Reset => WasReset,
            PowerEvent.Crash => Crashed,
            _ => Interrupted,
        };
    }

    private static FileServer? OpenShares(IReadOnlyList<ShareOptions> shares, long guestMemoryBytes)
    {
        // The guest says what modes its files have.
        if (shares.Count > 0)
        {
            NodeFile.ClearCreationMask();
        }

        return ShareOptions.Open(shares, guestMemoryBytes);
    }

    private static IEnumerable<IVirtioDevice> FileSystems(FileServer? files) =>
        files is null ? [] : [new FileSystemDevice(ShareOptions.Tag, files)];

    private static PosixSignalRegistration Handle(PosixSignal signal, CancellationTokenSource ended) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            ended.Cancel();
        });

    private static BootRequest ReadBoot(VmConfiguration options) => new()
    {
        Kernel = Read(options.Kernel, "kernel"),
        KeepPacked = options.KeepPacked,
        Initramfs = options.Initramfs is null ? default : Read(options.Initramfs, "first file system"),
        CommandLine = options.CommandLine,
    };

    private static byte[] Read(string path, string what)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            bool isMissing = error is FileNotFoundException or DirectoryNotFoundException;
            throw new HullException(
                isMissing ? ErrorKind.NotFound : ErrorKind.PermissionDenied, $"The {what} '{path}' cannot be read.", error);
        }
    }
}
