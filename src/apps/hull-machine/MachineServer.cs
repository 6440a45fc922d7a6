using System.Text.Json;
using Hull.Cpu.Choice;
using Hull.Linux;
using Hull.Machine;
using Hull.Machine.Board;
using Hull.Machine.Boot;
using Hull.Machine.Devices.Power;
using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host;
using Hull.Machine.Host.Sharing;
using Hull.MachineProcess.User;
using Hull.Runtime;
using Hull.Runtime.MicroVm;

namespace Hull.MachineProcess;

/// <summary>Builds a machine from its orders, boots Hull's agent in it, and serves the agent to clients.</summary>
internal static class MachineServer
{
    private const string CommandLine = "console=ttyS0 quiet reboot=k panic=-1 cryptomgr.notests";

    // What a guest's kernel does against its host processor's speculation costs an interpreter time and protects nothing:
    // no guest instruction is ever speculated.
    private const string Unmitigated = " mitigations=off";

    private static readonly TimeSpan s_drainLimit = TimeSpan.FromSeconds(10);

    /// <summary>Runs the machine until it ends.</summary>
    /// <returns>0 when the guest switched it off.</returns>
    /// <exception cref="HullException">It cannot be built.</exception>
    internal static async Task<int> RunAsync()
    {
        Jail.Check();
        using var listener = FileDescriptor.Own(MachineDescriptors.Listener, "accept4");
        using var files = FileDescriptor.Own(MachineDescriptors.Files, "read");
        MachineProcessOrders orders = ReadOrders();
        MachineOrders made = orders.Machine;
        using CancellationTokenSource lost = new();
        RemoteFileServer server = new(files, lost.Cancel);
        using ProcessorChoice processors = ChooseProcessors(orders);
        using HostClock clock = new(TimeProvider.System);
        using BoundedLog console = new(FileDescriptor.Own(MachineDescriptors.Console, "write"));
        using SocketBridge bridge = new();
        using AgentDoor door = new(listener, bridge);
        SocketDevice sockets = new(AgentProtocol.GuestAddress, bridge);
        MachineSpec spec = new()
        {
            Memory = new ByteSize(made.MemoryBytes),
            Topology = CpuTopology.OfCores(made.Processors),
            SerialOutput = console,
            Devices =
            [
                new FileSystemDevice(AgentProtocol.ShareTag, server), sockets,
                new EntropyDevice(new HostEntropy()), new BalloonDevice(),
            ],
        };
        using RootDiskStore? disk = made.RootDisk is null ? null : new RootDiskStore(made.RootDisk, orders.HasKvm);
        if (disk is not null)
        {
            spec = spec with { Devices = [.. spec.Devices, disk.Device] };
        }

        using VirtualMachine machine = new(spec, clock, processors.Factory);
        machine.Load(ReadBoot(processors.IsSoftware, disk is not null));
        bridge.Listen(AgentProtocol.ReadyPort, door.Open);
        bridge.Start(sockets);
        PowerEvent ended = await machine.RunAsync(lost.Token);
        if (lost.IsCancellationRequested)
        {
            throw new HullException(ErrorKind.Internal, "The process that serves the machine's files has ended.");
        }

        bridge.Drain(s_drainLimit);
        return ended == PowerEvent.PowerOff ? 0 : (int)ended;
    }

    private static BootRequest ReadBoot(bool isSoftware, bool hasDisk)
    {
        // Closed before the guest runs: it is not to have a way to what other machines boot from.
        byte[] kernel = ReadAndClose(MachineDescriptors.Kernel);
        byte[] agent = ReadAndClose(MachineDescriptors.Agent);
        return new BootRequest
        {
            Kernel = kernel,
            Initramfs = GuestImageFiles.Write(agent, new KernelModules(MachineDescriptors.ModulesInside), hasDisk),
            CommandLine = isSoftware ? CommandLine + Unmitigated : CommandLine,
        };
    }

    // KVM is much of the kernel: who does not need it has no way to it.
    private static ProcessorChoice ChooseProcessors(MachineProcessOrders orders)
    {
        var processors = ProcessorChoice.Make(orders.Machine.Processor, orders.HasKvm ? MachineDescriptors.Kvm : -1);
        if (orders.HasKvm && processors.IsSoftware)
        {
            FileDescriptor.Own(MachineDescriptors.Kvm, "open").Dispose();
        }

        return processors;
    }

    /// <summary>Reads what the process is told.</summary>
    /// <exception cref="HullException">It is damaged.</exception>
    internal static MachineProcessOrders ReadOrders()
    {
        try
        {
            return JsonSerializer.Deserialize(ReadAndClose(MachineDescriptors.Orders), AgentJson.Default.MachineProcessOrders)
                ?? throw new HullException(ErrorKind.DataLoss, "The machine's orders are empty.");
        }
        catch (JsonException error)
        {
            throw new HullException(ErrorKind.DataLoss, "The machine's orders cannot be read.", error);
        }
    }

    private static byte[] ReadAndClose(int number)
    {
        using var file = FileDescriptor.Own(number, "read");
        return HostFile.ReadAll(file, "what the machine's process was handed");
    }
}
