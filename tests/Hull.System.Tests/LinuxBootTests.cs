using System.Security.Cryptography;
using System.Text;
using Hull.Cpu.Interpreter;
using Hull.Machine;
using Hull.Machine.Board;
using Hull.Machine.Devices.Power;
using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host;
using Hull.Machine.Host.Disks;
using Hull.Testing;

namespace Hull.System.Tests;

/// <summary>Boots an unmodified Debian kernel on the interpreter, with busybox as its first program.</summary>
public sealed class LinuxBootTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(180);

    private readonly ByteRecorder _output = new();
    private readonly HostClock _clock = new(TimeProvider.System);

    public void Dispose() => _clock.Dispose();

    [Fact]
    public async Task Boot_OnOneProcessor_ReachesUserspaceAndPowersOff()
    {
        PowerEvent end = await BootAsync("echo hello from pid $$; uname -m", 1, []);

        Assert.True(end == PowerEvent.PowerOff, _output.Text);
        Assert.Contains("hello from pid 1\r\nx86_64", _output.Text, StringComparison.Ordinal);
        AssertNoComplaint();
    }

    [Fact]
    public async Task Boot_OnFourProcessors_StartsThemAll()
    {
        PowerEvent end = await BootAsync("echo processors: $(nproc)", 4, []);

        Assert.True(end == PowerEvent.PowerOff, _output.Text);
        Assert.Contains("processors: 4", _output.Text, StringComparison.Ordinal);
        AssertNoComplaint();
    }

    [Fact]
    public async Task Boot_WithDevices_DriversUseThemAll()
    {
        string? modules = GuestKernel.ModulesOf(GuestKernel.Require());
        Assert.SkipUnless(modules is not null, "The kernel's modules are not beside it.");
        string disk = Path.GetTempFileName();
        try
        {
            byte[] content = new byte[1 << 20];
            Random.Shared.NextBytes(content);
            File.WriteAllBytes(disk, content);
            ByteRecorder console = new();
            using RawDisk store = new(new HostDiskFile(File.OpenHandle(disk, access: FileAccess.ReadWrite)), disk, readOnly: false);
            IVirtioDevice[] devices =
            [
                new EntropyDevice(new HostEntropy()), new ConsoleDevice(console), new BalloonDevice(), new BlockDevice(store, "d"),
            ];
            const string Script = """
                mount -t devtmpfs d /dev
                modules
                echo to the console > /dev/hvc0
                dd if=/dev/hwrng bs=64 count=1 2>/dev/null | wc -c
                sha256sum < /dev/vda
                echo from the guest | dd of=/dev/vda bs=512 seek=7 conv=fsync 2>/dev/null
                """;

            PowerEvent end = await BootAsync(Script, 1, devices, modules);

            Assert.True(end == PowerEvent.PowerOff, _output.Text);
            Assert.Contains("to the console", console.Text, StringComparison.Ordinal);
            Assert.Contains("\n64\r\n", _output.Text, StringComparison.Ordinal);
            Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(content)), _output.Text, StringComparison.Ordinal);
            store.Dispose();
            Assert.Equal("from the guest\n", Encoding.ASCII.GetString(File.ReadAllBytes(disk), 7 * 512, 15));
            AssertNoComplaint();
        }
        finally
        {
            File.Delete(disk);
        }
    }

    [Fact]
    public async Task Boot_OfInitThatResets_SaysSo()
    {
        Assert.Equal(PowerEvent.Reset, await BootAsync("reboot -f", 1, []));
    }

    private async Task<PowerEvent> BootAsync(
        string script, int processors, IReadOnlyList<IVirtioDevice> devices, string? modules = null)
    {
        MachineSpec spec = new()
        {
            Memory = new ByteSize(256 << 20),
            Topology = CpuTopology.OfCores(processors),
            SerialOutput = _output,
            Devices = devices,
        };
        using VirtualMachine machine = new(spec, _clock, (_, memory) => new InterpretingProcessor(memory));
        machine.Load(LinuxGuest.Boot(script + "\nsync\npoweroff -f\n", modules));
        try
        {
            return await machine.RunAsync(TestContext.Current.CancellationToken).WaitAsync(s_limit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The guest did not end in time. It printed: {_output.Text}");
        }
    }

    private void AssertNoComplaint() => LinuxGuest.AssertNoComplaint(_output.Text);
}
