using System.Text.RegularExpressions;
using Hull.Cpu.Choice;
using Hull.Cpu.Interpreter;
using Hull.Machine;
using Hull.Machine.Board;
using Hull.Machine.Devices.Power;
using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host;
using Hull.Machine.Host.Disks;
using Hull.Machine.Snapshots;
using Hull.Testing;
using Microsoft.Win32.SafeHandles;

namespace Hull.System.Tests;

/// <summary>A running Debian guest goes into a snapshot; it goes on, and another machine goes on from the snapshot hours later.</summary>
public sealed partial class SnapshotTests : IDisposable
{
    private const int Processors = 4;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan s_asleep = TimeSpan.FromHours(5);

    private readonly string _directory = Directory.CreateTempSubdirectory("hull-snapshot-test-").FullName;
    private readonly ByteRecorder _output = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("microvm", GuestProcessor.Interpreter, GuestProcessor.Interpreter)]
    [InlineData("pc", GuestProcessor.Interpreter, GuestProcessor.Interpreter)]
    [InlineData("microvm", GuestProcessor.Interpreter, GuestProcessor.Kvm)]
    [InlineData("microvm", GuestProcessor.Kvm, GuestProcessor.Interpreter)]
    public async Task Restore_OfLinuxHoursLater_GoesOnWithItsClocksRight(string boardName, string here, string there)
    {
        using ProcessorChoice first = GuestProcessor.Require(here);
        using ProcessorChoice other = GuestProcessor.Require(there);
        CpuidSource? also = here == there ? null : first.Other;
        var board = BoardModel.Parse(boardName);
        string modules = LinuxGuest.RequireModules();
        const string Script = """
            mount -t devtmpfs d /dev
            mount -t proc p /proc
            modules
            secret=$(dd if=/dev/hwrng bs=8 count=1 2>/dev/null | od -An -tx8 | tr -d ' ')
            echo kept > /kept
            echo ready $secret
            read word
            echo date $(date +%s)
            echo $word $secret $(cat /kept) $(dd if=/dev/vda bs=512 count=1 2>/dev/null | head -c 4)
            echo from the guest | dd of=/dev/vda bs=512 seek=7 conv=fsync 2>/dev/null
            sleep 1
            dmesg | grep -i -e stall -e lockup -e skew -e unstable
            poweroff -f
            """;
        string disk = Path.Combine(_directory, "disk");
        await File.WriteAllBytesAsync(disk, [.. "DISK"u8, .. new byte[(1 << 20) - 4]], TestContext.Current.CancellationToken);
        using SafeFileHandle state = Create("state");
        using SafeFileHandle memory = Create("memory");
        using (HostClock clock = new(TimeProvider.System))
        using (RawDisk store = Open(disk))
        using (VirtualMachine machine = Build(board, clock, store, first, also))
        {
            machine.Load(LinuxGuest.Boot(Script, modules));
            Task<PowerEvent> running = machine.RunAsync(TestContext.Current.CancellationToken);
            _output.WaitFor(text => text.Contains("ready ", StringComparison.Ordinal) && text.EndsWith('\n'), s_limit);

            machine.Save(state, memory);

            // The machine itself goes on as well.
            Send(machine, "original");
            Assert.Equal(PowerEvent.PowerOff, await running.WaitAsync(s_limit, TestContext.Current.CancellationToken));
        }

        string secret = _output.Text[(_output.Text.IndexOf("ready ", StringComparison.Ordinal) + 6)..].Split('\r')[0];
        Assert.Contains($"original {secret} kept DISK", _output.Text, StringComparison.Ordinal);
        Assert.True(new FileInfo(Path.Combine(_directory, "memory")).Length == 256 << 20);
        int before = _output.Text.Length;

        // The same disk as when it was saved; the guest would not expect its own later write.
        await File.WriteAllBytesAsync(disk, [.. "DISK"u8, .. new byte[(1 << 20) - 4]], TestContext.Current.CancellationToken);
        using HostClock later = new(new LaterTime(s_asleep));
        using RawDisk again = Open(disk);
        using VirtualMachine second = Build(board, later, again, other, also is null ? null : other.Other);
        second.Restore(SavedMachine.Read(state), memory);
        Task<PowerEvent> end = second.RunAsync(TestContext.Current.CancellationToken);
        while (later.Behind > 0)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Send(second, "restored");
        Assert.Equal(PowerEvent.PowerOff, await end.WaitAsync(s_limit, TestContext.Current.CancellationToken));

        string text = _output.Text[before..];
        Assert.Contains($"restored {secret} kept DISK", text, StringComparison.Ordinal);
        long date = long.Parse(text[(text.IndexOf("date ", StringComparison.Ordinal) + 5)..].Split('\r')[0], null);
        Assert.InRange(date - (later.WallNow / NanosecondsPerSecond), -30, 1);
        Assert.DoesNotContain("stall", text, StringComparison.OrdinalIgnoreCase);
        LinuxGuest.AssertNoComplaint(_output.Text);
        again.Dispose();
        Assert.Equal("from the guest\n"u8.ToArray(), (await File.ReadAllBytesAsync(disk, TestContext.Current.CancellationToken))[3584..3599]);
    }

    // Four processors that are never idle stand still at any instruction, hold locks, and have interrupts under way.
    [Fact]
    public async Task Save_OfFourBusyProcessors_GoesOnFiveTimesInARow()
    {
        const int Rounds = 5;
        const string Script = """
            mount -t devtmpfs d /dev
            mount -t proc p /proc
            worker() { n=0; while :; do n=$((n + 1)); [ $((n % 500)) = 0 ] && echo "<$1 $n>"; done; }
            for i in 1 2 3; do worker $i & done
            worker 0
            """;
        long[] before = new long[Processors];
        for (int round = 0; round <= Rounds; round++)
        {
            using HostClock clock = new(TimeProvider.System);
            ByteRecorder output = new();
            using VirtualMachine machine = BuildBusy(clock, output);
            if (round == 0)
            {
                machine.Load(LinuxGuest.Boot(Script));
            }
            else
            {
                using SafeFileHandle saved = File.OpenHandle(Path.Combine(_directory, $"state{round - 1}"));
                using SafeFileHandle kept = File.OpenHandle(Path.Combine(_directory, $"memory{round - 1}"));
                machine.Restore(SavedMachine.Read(saved), kept);
            }

            Task<PowerEvent> running = machine.RunAsync(TestContext.Current.CancellationToken);

            // Each of the four has counted on from where it was.
            output.WaitFor(text => Counts(text).Zip(before, (now, then) => now > then).All(grew => grew), s_limit);
            before = Counts(output.Text);
            using (SafeFileHandle state = Create($"state{round}"))
            using (SafeFileHandle memory = Create($"memory{round}"))
            {
                machine.Save(state, memory);
            }

            machine.Stop();
            Assert.Equal(PowerEvent.None, await running.WaitAsync(s_limit, TestContext.Current.CancellationToken));
            LinuxGuest.AssertNoComplaint(output.Text);
        }
    }

    // The highest number that each of the workers has told whole.
    private static long[] Counts(string text)
    {
        long[] counts = new long[Processors];
        foreach (Match match in Told().Matches(text))
        {
            counts[match.Groups[1].Value[0] - '0'] = long.Parse(match.Groups[2].Value, null);
        }

        return counts;
    }

    [GeneratedRegex(@"<([0-3]) (\d+)>")]
    private static partial Regex Told();

    private static VirtualMachine BuildBusy(HostClock clock, ByteRecorder output) => new(
        new MachineSpec
        {
            Memory = new ByteSize(128 << 20),
            Topology = CpuTopology.OfCores(Processors),
            SerialOutput = output,
            Devices = [new EntropyDevice(new HostEntropy())],
        },
        clock,
        (_, memory) => new InterpretingProcessor(memory));

    private static void Send(VirtualMachine machine, string line)
    {
        for (byte[] rest = [.. global::System.Text.Encoding.ASCII.GetBytes(line), (byte)'\n']; rest.Length > 0;)
        {
            rest = rest[machine.Serial.Receive(rest)..];
            Thread.Yield();
        }
    }

    private static RawDisk Open(string path) =>
        new(new HostDiskFile(File.OpenHandle(path, access: FileAccess.ReadWrite)), path, readOnly: false);

    private SafeFileHandle Create(string name) =>
        File.OpenHandle(Path.Combine(_directory, name), FileMode.Create, FileAccess.ReadWrite);

    private VirtualMachine Build(BoardModel board, HostClock clock, IBlockStore disk, ProcessorChoice processors, CpuidSource? also) => new(
        new MachineSpec
        {
            Board = board,
            Memory = new ByteSize(256 << 20),
            Topology = CpuTopology.OfCores(2),
            SerialOutput = _output,
            AlsoOn = also,
            Devices = [new EntropyDevice(new HostEntropy()), new ConsoleDevice(_output), new BalloonDevice(), new BlockDevice(disk, "d")],
        },
        clock,
        processors.Factory);

    private sealed class LaterTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
