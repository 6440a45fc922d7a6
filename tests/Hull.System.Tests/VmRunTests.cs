using System.Diagnostics;
using Hull.Linux;
using Hull.Machine.Boot;

namespace Hull.System.Tests;

/// <summary><c>hull vm run</c>: a jailed machine whose console is the command's standard streams.</summary>
public sealed class VmRunTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hull-vmrun-").FullName;

    private string Runs => Path.Combine(_directory, "state/vm-runs");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("poweroff -f", 0)]
    [InlineData("reboot -f", 10)]
    public void Run_OfGuestThatEnds_PassesItsConsoleOnAndTellsHow(string last, int code)
    {
        using Process process = Start($"echo ready\nread line\necho got $line\n{last}\n");
        AwaitReady(process);
        process.StandardInput.WriteLine("typed");
        process.StandardInput.Close();

        string output = process.StandardOutput.ReadToEnd();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();

        Assert.True(process.ExitCode == code, $"{process.ExitCode} {error} {output}");
        Assert.Contains("got typed", output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(Runs));
    }

    [Theory]
    [InlineData(15, 130)]
    [InlineData(9, 137)]
    public void Run_ThatIsEnded_EndsItsMachine(int signal, int code)
    {
        using Process process = Start("echo ready\nread line\n");
        AwaitReady(process);
        using PidFd machine = PidFd.TryOpen(MachineOf())!;
        string status = File.ReadAllText($"/proc/{MachineOf()}/status");
        using (PidFd command = PidFd.TryOpen(process.Id)!)
        {
            Assert.True(command.TrySignal(new Signal(signal)));
        }

        Assert.True(machine.Wait(60_000), "The machine goes on.");
        process.WaitForExit();
        Assert.Equal(code, process.ExitCode);
        Assert.Matches(@"Uid:\s+18790\d{5}\s", status);
        Assert.Matches(@"CapBnd:\s+0+\n", status);
        Assert.Matches(@"Seccomp:\s+2\n", status);

        // What a killed one left, the next removes.
        using Process next = Start("poweroff -f\n");
        _ = next.StandardOutput.ReadToEnd();
        next.WaitForExit();
        Assert.Equal(0, next.ExitCode);
        Assert.Empty(Directory.GetDirectories(Runs));
    }

    // A process that stands still, or whose guest keeps a device busy, does not hear the first.
    [Fact]
    public void Run_ThatDoesNotEnd_EndsAtTheSecondInterrupt()
    {
        using Process process = Start("echo ready\nread line\n");
        AwaitReady(process);
        using PidFd machine = PidFd.TryOpen(MachineOf())!;
        using PidFd command = PidFd.TryOpen(process.Id)!;
        Assert.True(machine.TrySignal(new Signal(19)));

        // Of two that come before the first was seen one is left: it takes two at least.
        int signals = 0;
        do
        {
            Assert.True(command.TrySignal(new Signal(2)));
            Assert.True(++signals < 300, "The machine goes on.");
        }
        while (!machine.Wait(200));

        process.WaitForExit();
        Assert.True(signals > 1);
        Assert.Equal(130, process.ExitCode);
        Assert.Empty(Directory.GetDirectories(Runs));
    }

    // What is typed before the guest listens is lost, as on any serial port.
    private static void AwaitReady(Process process)
    {
        string? line;
        do
        {
            line = process.StandardOutput.ReadLine();
        }
        while (line is not null && !line.Contains("ready", StringComparison.Ordinal));
    }

    private Process Start(string script)
    {
        HullHost.RequireRoot();
        Assert.SkipUnless(Environment.GetEnvironmentVariable("HULL_BIN") is not null, "Needs the published programs (HULL_BIN).");
        BootRequest boot = LinuxGuest.Boot("mount -t devtmpfs d /dev\nexec < /dev/ttyS0\n" + script, LinuxGuest.RequireModules());
        string initrd = Path.Combine(_directory, "initrd");
        File.WriteAllBytes(initrd, boot.Initramfs.ToArray());
        ProcessStartInfo start = new(
            Checkout.Program("hull"),
            ["vm", "run", "--kernel", GuestKernel.Require(), "--initrd", initrd, "--append", "console=ttyS0 panic=-1 reboot=k quiet"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HULL_ROOT"] = Path.Combine(_directory, "root");
        start.Environment["HULL_STATE"] = Path.Combine(_directory, "state");
        start.Environment["HULL_MACHINE"] = Checkout.Program("hull-machine");
        return Process.Start(start)!;
    }

    // The jailed process holds the run's lock as its descriptor 5.
    private int MachineOf() => Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).OfType<string>()
        .Where(name => name.All(char.IsAsciiDigit)).Where(IsMachine).Select(int.Parse).Single();

    private bool IsMachine(string process)
    {
        try
        {
            return new FileInfo($"/proc/{process}/fd/5").LinkTarget is { } held
                && held.StartsWith(Runs, StringComparison.Ordinal) && held.EndsWith("/lock", StringComparison.Ordinal)
                && File.ReadAllText($"/proc/{process}/cmdline").StartsWith("/hull-machine", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
