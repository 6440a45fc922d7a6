using System.Security.Cryptography;
using System.Text;
using Hull.Cpu.Choice;
using Hull.Machine;
using Hull.Machine.Board;
using Hull.Machine.Devices.Power;
using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host;
using Hull.Machine.Host.Disks;
using Hull.Testing;

namespace Hull.System.Tests;

/// <summary>Boots unmodified Debian kernels on every processor there is here, with busybox as their first program.</summary>
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

    [Theory]
    [InlineData(GuestProcessor.Interpreter)]
    [InlineData(GuestProcessor.Kvm)]
    public async Task Boot_OnFourProcessors_StartsThemAll(string processor)
    {
        PowerEvent end = await BootAsync("echo processors: $(nproc)", CpuTopology.OfCores(4), [], processor: processor);

        Assert.True(end == PowerEvent.PowerOff, _output.Text);
        Assert.Contains("processors: 4", _output.Text, StringComparison.Ordinal);
        AssertNoComplaint();
    }

    [Fact]
    public async Task Boot_OfTwoPackagesWithTwoNodes_GuestSeesThemSo()
    {
        const string Script = """
            mount -t proc p /proc
            mount -t sysfs s /sys
            for n in 0 1 2 3 4 5 6 7; do
              t=/sys/devices/system/cpu/cpu$n/topology
              echo cpu$n package $(cat $t/physical_package_id) core $(cat $t/core_id) siblings $(cat $t/thread_siblings_list)
            done
            echo nodes $(cat /sys/devices/system/node/online) $(cat /sys/devices/system/node/node0/cpulist) $(cat /sys/devices/system/node/node1/cpulist)
            echo $(grep MemTotal /sys/devices/system/node/node1/meminfo)
            """;

        PowerEvent end = await BootAsync(Script, new CpuTopology(2, 2, 2), [], nodes: 2);

        Assert.True(end == PowerEvent.PowerOff, _output.Text);
        Assert.Contains("cpu0 package 0 core 0 siblings 0-1", _output.Text, StringComparison.Ordinal);
        Assert.Contains("cpu3 package 0 core 1 siblings 2-3", _output.Text, StringComparison.Ordinal);
        Assert.Contains("cpu7 package 1 core 1 siblings 6-7", _output.Text, StringComparison.Ordinal);
        Assert.Contains("nodes 0-1 0-3 4-7", _output.Text, StringComparison.Ordinal);
        AssertNoComplaint();
    }

    [Theory]
    [InlineData(GuestKernel.Variable, GuestProcessor.Interpreter)]
    [InlineData(GuestKernel.TrixieVariable, GuestProcessor.Interpreter)]
    [InlineData(GuestKernel.Variable, GuestProcessor.Kvm)]
    [InlineData(GuestKernel.TrixieVariable, GuestProcessor.Kvm)]
    public async Task Boot_WithDevices_DriversUseThemAll(string kernel, string processor)
    {
        string modules = LinuxGuest.RequireModules(kernel);
        string disk = Path.GetTempFileName();
        try
        {
            byte[] content = new byte[1 << 20];
            Random.Shared.NextBytes(content);
            File.WriteAllBytes(disk, content);
            ByteRecorder console = new();
            using RawDisk store = new(new HostDiskFile(File.OpenHandle(disk, access: FileAccess.ReadWrite)), disk, readOnly: false);
            BalloonDevice balloon = new();
            IVirtioDevice[] devices =
            [
                new EntropyDevice(new HostEntropy()), new ConsoleDevice(console), balloon, new BlockDevice(store, "d"),
            ];
            const string Script = """
                mount -t devtmpfs d /dev
                modules
                echo to the console > /dev/hvc0
                dd if=/dev/hwrng bs=64 count=1 2>/dev/null | wc -c
                sha256sum < /dev/vda
                echo from the guest | dd of=/dev/vda bs=512 seek=7 conv=fsync 2>/dev/null
                mount -t sysfs s /sys
                echo packed $(cut -c35 /sys/bus/virtio/devices/virtio3/features)
                dd if=/dev/zero of=/big bs=1M count=100 2>/dev/null
                rm /big
                sleep 4
                """;

            PowerEvent end = await BootAsync(Script, CpuTopology.OfCores(1), devices, modules, kernel, processor: processor);

            Assert.True(end == PowerEvent.PowerOff, _output.Text);
            Assert.Contains("to the console", console.Text, StringComparison.Ordinal);
            Assert.Contains("\n64\r\n", _output.Text, StringComparison.Ordinal);
            Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(content)), _output.Text, StringComparison.Ordinal);
            Assert.Contains("packed 1", _output.Text, StringComparison.Ordinal);

            // What the guest freed came back to the host without anybody asking.
            Assert.True(balloon.DiscardedPages > 90 << 8, $"{balloon.DiscardedPages} pages were given back.");
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

    private Task<PowerEvent> BootAsync(string script, int processors, IReadOnlyList<IVirtioDevice> devices) =>
        BootAsync(script, CpuTopology.OfCores(processors), devices);

    private async Task<PowerEvent> BootAsync(
        string script,
        CpuTopology topology,
        IReadOnlyList<IVirtioDevice> devices,
        string? modules = null,
        string kernel = GuestKernel.Variable,
        int nodes = 1,
        string processor = GuestProcessor.Interpreter)
    {
        using ProcessorChoice choice = GuestProcessor.Require(processor);
        MachineSpec spec = new()
        {
            Memory = new ByteSize(256 << 20),
            Topology = topology,
            Nodes = nodes,
            SerialOutput = _output,
            Devices = devices,
        };
        using VirtualMachine machine = new(spec, _clock, choice.Factory);
        machine.Load(LinuxGuest.Boot(script + "\nsync\npoweroff -f\n", modules, kernelVariable: kernel));
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
