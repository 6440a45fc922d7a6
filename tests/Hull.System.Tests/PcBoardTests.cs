using Hull.Cpu.Interpreter;
using Hull.Machine;
using Hull.Machine.Board;
using Hull.Machine.Devices.Power;
using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host;
using Hull.Testing;

namespace Hull.System.Tests;

/// <summary>The board with the chips of a PC/AT, as Debian's kernel finds it: described by ACPI, and without any description.</summary>
public sealed class PcBoardTests : IDisposable
{
    private const string Listen = """
        mount -t devtmpfs d /dev
        mount -t proc p /proc
        modules
        """;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(180);

    private readonly ByteRecorder _output = new();
    private readonly HostClock _clock = new(TimeProvider.System);

    public void Dispose() => _clock.Dispose();

    [Fact]
    public async Task Boot_ByAcpi_FindsTheChipsAndThePowerButton()
    {
        // The button is pressed once the guest has opened it: an event that nobody waits for is lost.
        string script = Listen + """

            cat /proc/ioports
            cat /proc/interrupts
            dd if=/dev/hwrng bs=64 count=1 2>/dev/null | wc -c
            dmesg | grep -i -e i8042 -e 'PM-Timer'
            exec 3< /dev/input/event1
            echo listening
            head -c 24 <&3 > /dev/null
            echo pressed
            """;
        using VirtualMachine machine = Build(2);
        machine.Load(LinuxGuest.Boot(script + "\npoweroff -f\n", LinuxGuest.RequireModules()));
        Task<PowerEvent> running = machine.RunAsync(TestContext.Current.CancellationToken);
        _output.WaitFor(text => text.Contains("listening", StringComparison.Ordinal), s_limit);

        machine.PressPowerButton();

        Assert.Equal(PowerEvent.PowerOff, await running.WaitAsync(s_limit, TestContext.Current.CancellationToken));
        string text = _output.Text;
        Assert.Contains("pressed", text, StringComparison.Ordinal);
        Assert.Contains("\n64\r\n", text, StringComparison.Ordinal);
        foreach (string expected in (string[])["pic1", "pic2", "timer0", "keyboard", "ACPI PM1a_EVT_BLK", "ACPI PM_TMR", "IO-APIC", "serio: i8042 KBD port"])
        {
            Assert.Contains(expected, text, StringComparison.Ordinal);
        }

        LinuxGuest.AssertNoComplaint(text);
    }

    [Fact]
    public async Task Boot_WithoutAcpi_RunsOnThe8259AndThe8254()
    {
        using VirtualMachine machine = Build(1);
        machine.Load(LinuxGuest.Boot(
            "mount -t proc p /proc\ncat /proc/interrupts\nsleep 1\ncat /proc/interrupts\nreboot -f\n",
            commandLine: LinuxGuest.CommandLine + " acpi=off nolapic reboot=k"));

        PowerEvent end = await machine.RunAsync(TestContext.Current.CancellationToken).WaitAsync(s_limit, TestContext.Current.CancellationToken);

        Assert.True(end == PowerEvent.Reset, _output.Text);
        string[] timer = [.. _output.Text.Split('\n').Where(line => line.Contains("XT-PIC", StringComparison.Ordinal) && line.Contains("timer", StringComparison.Ordinal))];
        Assert.Equal(2, timer.Length);
        long[] ticks = [.. timer.Select(line => long.Parse(line.Split(':')[1].TrimStart().Split(' ')[0], null))];
        Assert.True(ticks[1] > ticks[0], _output.Text);
        Assert.Contains("XT-PIC  ttyS0", global::System.Text.RegularExpressions.Regex.Replace(_output.Text, "XT-PIC +", "XT-PIC  "), StringComparison.Ordinal);
        LinuxGuest.AssertNoComplaint(_output.Text);
    }

    private VirtualMachine Build(int processors) => new(
        new MachineSpec
        {
            Board = BoardModel.Pc,
            Memory = new ByteSize(256 << 20),
            Topology = CpuTopology.OfCores(processors),
            SerialOutput = _output,
            Devices = [new EntropyDevice(new HostEntropy())],
        },
        _clock,
        (_, memory) => new InterpretingProcessor(memory));
}
