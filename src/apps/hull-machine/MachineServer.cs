using System.Text.Json;
using Hull.Cpu.Choice;
using Hull.Linux;
using Hull.Machine;
using Hull.Machine.Board;
using Hull.Machine.Boot;
using Hull.Machine.Devices.Power;
using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host;
using Hull.Runtime;
using Hull.Runtime.MicroVm;

namespace Hull.MachineProcess;

/// <summary>Builds a machine from its orders, boots Hull's agent in it, and serves the agent to clients.</summary>
internal static class MachineServer
{
    private const int ListenerNumber = 3;
    private const string CommandLine = "console=ttyS0 quiet reboot=k panic=-1 cryptomgr.notests";

    // What a guest's kernel does against its host processor's speculation costs an interpreter time and protects nothing:
    // no guest instruction is ever speculated.
    private const string Unmitigated = " mitigations=off";

    private static readonly TimeSpan s_drainLimit = TimeSpan.FromSeconds(10);

    /// <summary>Runs the machine until it ends.</summary>
    /// <returns>0 when the guest switched it off.</returns>
    /// <exception cref="HullException">It cannot be built.</exception>
    internal static async Task<int> RunAsync(string directory)
    {
        using FileDescriptor listener = TakeOver(ListenerNumber);
        MachineProcessOrders orders = ReadOrders(directory);
        MachineOrders made = orders.Machine;
        using ShareSet shares = ShareSet.Open(orders);
        using var processors = ProcessorChoice.Make(made.Processor);
        using HostClock clock = new(TimeProvider.System);
        using ConsoleLog console = new(Path.Combine(directory, AgentProtocol.ConsoleFile));
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
                new FileSystemDevice(AgentProtocol.ShareTag, shares.Server), sockets,
                new EntropyDevice(new HostEntropy()), new BalloonDevice(),
            ],
        };
        using VirtualMachine machine = new(spec, clock, processors.Factory);
        machine.Load(ReadBoot(made, processors.IsSoftware));
        bridge.Listen(AgentProtocol.ReadyPort, door.Open);
        bridge.Start(sockets);
        PowerEvent ended = await machine.RunAsync(CancellationToken.None);
        bridge.Drain(s_drainLimit);
        return ended == PowerEvent.PowerOff ? 0 : (int)ended;
    }

    private static BootRequest ReadBoot(MachineOrders made, bool isSoftware)
    {
        byte[] kernel = File.ReadAllBytes(made.Kernel);
        byte[] agent = File.ReadAllBytes(made.Agent);
        return new BootRequest
        {
            Kernel = KernelPayload.TryUnpack(kernel) ?? kernel,
            Initramfs = GuestImageFiles.Write(agent, new KernelModules(made.Modules)),
            CommandLine = isSoftware ? CommandLine + Unmitigated : CommandLine,
        };
    }

    private static MachineProcessOrders ReadOrders(string directory)
    {
        string path = Path.Combine(directory, AgentProtocol.OrdersFile);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), AgentJson.Default.MachineProcessOrders)
                ?? throw new HullException(ErrorKind.DataLoss, $"The file '{path}' is empty.");
        }
        catch (Exception error) when (error is JsonException or IOException)
        {
            throw new HullException(ErrorKind.DataLoss, $"The file '{path}' cannot be read.", error);
        }
    }

    // A descriptor that was handed over is open for every program started from here; its copy is not.
    private static FileDescriptor TakeOver(int number)
    {
        using var inherited = FileDescriptor.Own(number, "fcntl");
        return DescriptorIo.Duplicate(inherited);
    }
}
