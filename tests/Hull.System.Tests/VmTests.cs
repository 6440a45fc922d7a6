using System.Diagnostics;
using System.Text;
using Hull.Machine.Boot;

namespace Hull.System.Tests;

/// <summary><c>hull vm</c>: machines in the background, with a disk, stopped by their power button, saved and restored.</summary>
public sealed class VmTests : IDisposable
{
    private const string Script = """
        mount -t devtmpfs d /dev
        mount -t proc p /proc
        modules
        if grep -q again /proc/cmdline && ! grep -q marked /dev/vda; then echo marked | dd of=/dev/vda conv=fsync 2>/dev/null; reboot -f; fi
        exec 3< /dev/input/event0
        echo up $(head -c 6 /dev/vda)
        ( head -c 24 <&3 > /dev/null; echo off | dd of=/dev/vda bs=512 seek=1 conv=fsync 2>/dev/null; poweroff -f ) &
        while read line; do echo heard $line; [ "$line" = flags ] && echo flags $(grep -m1 -o -w x2apic /proc/cpuinfo) end; done
        sleep 1000
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("hull-vm-").FullName;

    public void Dispose()
    {
        if (HullHost.CanRun)
        {
            foreach (string name in Run("vm", "ls", "-q").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                Run("vm", "rm", "-f", name);
            }
        }

        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void Life_OfMachineWithDisk_FromCreateToRemove()
    {
        string disk = Prepare();
        Run("vm", "create", "one", "--kernel", GuestKernel.Require(), "--initrd", Initrd, "--disk", disk, "--append", "console=ttyS0 panic=-1 again").Succeeds();
        Run("vm", "start", "one").Succeeds();

        // It marked its disk, reset the machine, and came up again with the mark.
        Assert.Contains("up marked", Console("one", "up marked", "hello\n", "heard hello"), StringComparison.Ordinal);
        HullResult second = Run("vm", "start", "one");
        Assert.NotEqual(0, second.ExitCode);
        Assert.Contains("The machine 'one' runs already.", second.Error, StringComparison.Ordinal);
        HullResult busy = Run("vm", "rm", "one");
        Assert.Contains("The machine 'one' runs; stop it first or use --force.", busy.Error, StringComparison.Ordinal);

        Run("vm", "stop", "-t", "60", "one").Succeeds();

        Assert.Equal("off", StatusOf("one"));
        Assert.Equal("off\n", Encoding.ASCII.GetString(File.ReadAllBytes(disk), 512, 4));
        Run("vm", "rm", "one").Succeeds();
        Assert.Equal("", Run("vm", "ls", "-q").Output);
        Assert.True(File.Exists(disk));
    }

    [Fact]
    public void Snapshot_RestoredTwice_MakesMachinesThatGoOn()
    {
        string disk = Prepare();
        string snapshot = Path.Combine(_directory, "saved");
        Run("vm", "create", "one", "--kernel", GuestKernel.Require(), "--initrd", Initrd, "--disk", disk, "--append", "console=ttyS0 panic=-1 quiet").Succeeds();
        Run("vm", "start", "one").Succeeds();
        Console("one", "up", "first\n", "heard first");

        Run("vm", "snapshot", "one", snapshot).Succeeds();

        Console("one", "heard first", "second\n", "heard second");
        Run("vm", "restore", snapshot, "two").Succeeds();
        Run("vm", "restore", snapshot, "three").Succeeds();
        foreach (string name in (string[])["two", "three"])
        {
            // What was printed before belongs to the first machine's process.
            string text = Console(name, "", name + "\n", "heard " + name);
            Assert.DoesNotContain("heard second", text, StringComparison.Ordinal);
            Run("vm", "stop", "-t", "60", name).Succeeds();
            Assert.Equal("off", StatusOf(name));
        }

        Assert.Equal("running", StatusOf("one"));
        Assert.NotEqual("off\n", Encoding.ASCII.GetString(File.ReadAllBytes(disk), 512, 4));

        // One byte of either file changed: one sentence, and the machine is not started.
        foreach ((string file, int place) in ((string, int)[])[("state", 700), ("memory", 0x100_1000)])
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(snapshot, file));
            bytes[place] ^= 1;
            File.WriteAllBytes(Path.Combine(snapshot, file), bytes);
            HullResult damaged = Run("vm", "restore", snapshot, "broken-" + file);
            Assert.NotEqual(0, damaged.ExitCode);
            Assert.Contains("The snapshot is damaged", damaged.Error, StringComparison.Ordinal);
            Assert.Equal("saved", StatusOf("broken-" + file));
            bytes[place] ^= 1;
            File.WriteAllBytes(Path.Combine(snapshot, file), bytes);
        }
    }

    // The jailed process asks this host's KVM what it has, and then closes it. Without a KVM it is the same guest.
    [Fact]
    public void PortableSnapshot_ShowsNoMoreThanEveryProcessorHas_WhereverItGoesOn()
    {
        string disk = Prepare();
        string snapshot = Path.Combine(_directory, "saved");
        string[] made = ["--kernel", GuestKernel.Require(), "--initrd", Initrd, "--disk", disk, "--processor", "interpreter", "--append", "console=ttyS0 panic=-1 quiet"];
        Run(["vm", "create", "plain", .. made]).Succeeds();
        Run("vm", "start", "plain").Succeeds();
        Console("plain", "up", "flags\n", "flags x2apic end");
        Run("vm", "stop", "-t", "0", "plain").Succeeds();
        Run(["vm", "create", "one", "--portable", .. made]).Succeeds();
        Run("vm", "start", "one").Succeeds();
        Console("one", "up", "flags\n", "flags end");

        Run("vm", "snapshot", "one", snapshot).Succeeds();
        Run("vm", "stop", "-t", "0", "one").Succeeds();

        Run("vm", "restore", snapshot, "two").Succeeds();
        Console("two", "", "flags\n", "flags end");
        RunUnder(VmBadInputTests.WithoutKvm, "vm", "restore", snapshot, "three").Succeeds();
        Console("three", "", "flags\n", "flags end");
        string file = Path.Combine(snapshot, "machine.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"interpreter\"", "\"kvm\"", StringComparison.Ordinal));
        HullResult taken = Run("vm", "restore", snapshot, "four");
        if (taken.ExitCode == 0)
        {
            Console("four", "", "flags\n", "flags end");
        }
        else
        {
            // Not for what its guest was told, but because nothing here runs instructions at a processor's speed.
            Assert.Contains("KVM", Assert.Single(taken.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
            Assert.DoesNotContain("The snapshot's guest uses", taken.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("missing", "The kernel '{0}' cannot be read.")]
    [InlineData("text", "is neither a bzImage nor an ELF file")]
    public void Start_WithoutAKernel_SaysWhy(string kind, string message)
    {
        RequireHost();
        string kernel = Path.Combine(_directory, kind);
        if (kind == "text")
        {
            File.WriteAllText(kernel, new string('x', 5000));
        }

        Run("vm", "create", "bad", "--kernel", kernel).Succeeds();

        HullResult start = Run("vm", "start", "bad");

        Assert.NotEqual(0, start.ExitCode);
        Assert.Contains(message.Replace("{0}", kernel, StringComparison.Ordinal), start.Error, StringComparison.Ordinal);
        Assert.NotEqual("running", StatusOf("bad"));
    }

    private static void RequireHost()
    {
        HullHost.RequireRoot();
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("HULL_BIN") is not null, "Needs the published programs (HULL_BIN): a jailed machine is a static executable.");
    }

    private string Initrd => Path.Combine(_directory, "initrd");

    private string Prepare()
    {
        RequireHost();
        string modules = LinuxGuest.RequireModules();
        BootRequest boot = LinuxGuest.Boot(Script, modules);
        File.WriteAllBytes(Initrd, boot.Initramfs.ToArray());
        string disk = Path.Combine(_directory, "disk");
        File.WriteAllBytes(disk, new byte[1 << 20]);
        return disk;
    }

    private HullResult Run(params string[] arguments) => RunUnder([], arguments);

    private HullResult RunUnder(string[] wrapper, params string[] arguments)
    {
        using Process process = StartUnder(wrapper, arguments);
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new HullResult(process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    private Process StartHull(params string[] arguments) => StartUnder([], arguments);

    private Process StartUnder(string[] wrapper, params string[] arguments)
    {
        string[] all = [.. wrapper, Checkout.Program("hull"), .. arguments];
        ProcessStartInfo start = new(all[0], all[1..])
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

    private string StatusOf(string name) => Run("vm", "ls", "--format", "{{.Name}} {{.Status}}").Output
        .Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal))[(name.Length + 1)..];

    // Types a line and reads until the answer comes.
    private string Console(string name, string prompt, string input, string answer)
    {
        using Process process = StartHull("vm", "console", name);
        StringBuilder text = new();
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(5));
        char[] chunk = new char[1024];
        try
        {
            // What is typed before the guest listens is lost, as on any serial port.
            bool typed = false;
            while (!text.ToString().Contains(answer, StringComparison.Ordinal))
            {
                if (!typed && text.ToString().Contains(prompt, StringComparison.Ordinal))
                {
                    process.StandardInput.Write(input);
                    process.StandardInput.Flush();
                    typed = true;
                }

                int count = process.StandardOutput.ReadAsync(chunk, limit.Token).AsTask().GetAwaiter().GetResult();
                Assert.True(count > 0, $"The console ended: {text}");
                text.Append(chunk, 0, count);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"No '{answer}' came: {text}");
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }

        return text.ToString();
    }
}
