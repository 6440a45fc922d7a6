using System.Globalization;
using Hull.Cpu.Interpreter;
using Hull.Machine;
using Hull.Machine.Devices.Power;
using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host;
using Hull.Testing;

namespace Hull.System.Tests;

/// <summary>What a Debian guest frees, or hands over when it is asked, the host has again: its own count of the RAM's pages falls.</summary>
public sealed class BalloonTests : IDisposable
{
    private const long Mebi = 1 << 20;
    private const int FileMegabytes = 120;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(180);

    private readonly ByteRecorder _output = new();
    private readonly HostClock _clock = new(TimeProvider.System);

    public void Dispose() => _clock.Dispose();

    [Fact]
    public async Task Guest_ThatFreesOrIsAsked_GivesItsMemoryBack()
    {
        string script = $"""
            mount -t devtmpfs d /dev
            modules
            dd if=/dev/zero of=/big bs=1M count={FileMegabytes} 2>/dev/null
            echo full
            read word
            rm /big
            echo freed
            read word
            poweroff -f
            """;
        BalloonDevice balloon = new();
        MachineSpec spec = new() { Memory = new ByteSize(256 * Mebi), SerialOutput = _output, Devices = [balloon] };
        using VirtualMachine machine = new(spec, _clock, (_, memory) => new InterpretingProcessor(memory));
        machine.Load(LinuxGuest.Boot(script + "\n", LinuxGuest.RequireModules()));
        Task<PowerEvent> running = machine.RunAsync(TestContext.Current.CancellationToken);

        await WaitForAsync("full");
        long full = Resident(machine);
        Send(machine);
        await WaitForAsync("freed");
        long reported = await FallToAsync(machine, full - (FileMegabytes * Mebi / 2));

        // Asked for half of all, the guest hands over pages that were never reported as well.
        balloon.SetTarget((uint)(128 * Mebi / GuestAddress.PageSize));
        while (balloon.ActualPages < 128 * Mebi / GuestAddress.PageSize)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        long inflated = Resident(machine);
        balloon.SetTarget(0);
        Send(machine);
        Assert.Equal(PowerEvent.PowerOff, await running.WaitAsync(s_limit, TestContext.Current.CancellationToken));
        TestContext.Current.SendDiagnosticMessage($"balloon: {full / Mebi} MiB with a file, {reported / Mebi} MiB after it was removed, {inflated / Mebi} MiB with half in the balloon");
        Assert.True(full > FileMegabytes * Mebi, $"{full} bytes were resident.");
        Assert.True(inflated <= 128 * Mebi, $"{inflated} bytes stayed resident.");
        LinuxGuest.AssertNoComplaint(_output.Text);
    }

    // Reporting waits two seconds in the guest and goes on in its own time.
    private static async Task<long> FallToAsync(VirtualMachine machine, long bytes)
    {
        long now = Resident(machine);
        for (long end = Environment.TickCount64 + (long)s_limit.TotalMilliseconds; now > bytes && Environment.TickCount64 < end; now = Resident(machine))
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.True(now <= bytes, $"{now} bytes stayed resident, more than {bytes}.");
        return now;
    }

    private Task WaitForAsync(string line) =>
        Task.Run(() => _output.WaitFor(text => text.Contains(line + "\r\n", StringComparison.Ordinal), s_limit), TestContext.Current.CancellationToken);

    private static void Send(VirtualMachine machine)
    {
        for (byte[] rest = "go\n"u8.ToArray(); rest.Length > 0;)
        {
            rest = rest[machine.Serial.Receive(rest)..];
            Thread.Yield();
        }
    }

    // The kernel's count of the pages of the mapping: nobody else maps the file.
    private static long Resident(VirtualMachine machine)
    {
        string start = machine.Memory.WindowBase.ToString("x", CultureInfo.InvariantCulture) + "-";
        string line = File.ReadLines("/proc/self/smaps")
            .SkipWhile(each => !each.StartsWith(start, StringComparison.Ordinal))
            .First(each => each.StartsWith("Rss:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
