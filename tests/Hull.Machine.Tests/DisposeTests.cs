using Hull.Machine.Board;
using Hull.Machine.Devices.Virtio;
using Hull.Testing;

namespace Hull.Machine.Tests;

/// <summary>The host's side of a device may live longer than the machine: it must not reach memory that is gone.</summary>
public sealed class DisposeTests
{
    private const uint Status = 0x70;

    [Fact]
    public async Task Dispose_WithAHostSideThatGoesOn_KeepsItFromTheMemory()
    {
        CountingDevice device = new();
        DriverProcessor driver = new();
        MachineSpec spec = new() { Memory = new ByteSize(16 << 20), SerialOutput = new ByteRecorder(), Devices = [device] };
        VirtualMachine machine = new(spec, new ManualClock(), (_, _) => driver);
        Task running = machine.RunAsync(TestContext.Current.CancellationToken);
        await driver.Done.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        machine.Stop();
        await running;
        device.Port!.Serve(0);
        int before = device.Served;

        machine.Dispose();
        device.Port!.Serve(0);

        Assert.Equal(1, before);
        Assert.Equal(1, device.Served);
    }

    private sealed class CountingDevice : IVirtioDevice
    {
        internal IVirtioPort? Port { get; private set; }

        internal int Served { get; private set; }

        public VirtioDeviceType Type => VirtioDeviceType.Entropy;

        public ulong OfferedFeatures => 0;

        public IReadOnlyList<ushort> QueueSizes { get; } = [8];

        public void Activate(ulong features, IVirtioPort port) => Port = port;

        public ServeResult Serve(int queueIndex, VirtQueue queue)
        {
            Served++;
            return ServeResult.Nothing;
        }

        public void ReadConfiguration(int offset, Span<byte> destination) => destination.Clear();

        public void WriteConfiguration(int offset, ReadOnlySpan<byte> source)
        {
        }

        public void Reset()
        {
        }
    }

    // Sets the device up as a driver does, and waits to be stopped.
    private sealed class DriverProcessor : StillProcessor
    {
        private static readonly (uint Register, uint Value)[] s_steps =
        [
            (Status, 3), (0x24, 1), (0x20, 1), (Status, 11), (0x30, 0), (0x38, 8), (0x80, 0x1000), (0x90, 0x2000), (0xA0, 0x3000), (0x44, 1), (Status, 15),
        ];

        internal TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ProcessorStop Run(IGuestIo io)
        {
            foreach ((uint register, uint value) in Done.Task.IsCompleted ? [] : s_steps)
            {
                io.WriteMemory(new GuestAddress(MicrovmLayout.VirtioAddress + register), 4, value);
            }

            Done.TrySetResult();
            return ProcessorStop.Halted;
        }
    }
}
