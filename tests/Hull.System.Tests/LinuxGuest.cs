using System.Text;
using Hull.Machine.Boot;

namespace Hull.System.Tests;

/// <summary>A Debian kernel with busybox and a script as its first program.</summary>
internal static class LinuxGuest
{
    internal const string CommandLine = "console=ttyS0 panic=-1 cryptomgr.notests";
    private const string Busybox = "/usr/bin/busybox";
    private const int Executable = 0x1ED;

    private static readonly string[] s_modules =
    [
        "drivers/virtio/virtio_ring", "drivers/virtio/virtio", "drivers/virtio/virtio_mmio", "drivers/virtio/virtio_balloon",
        "drivers/char/hw_random/virtio-rng", "drivers/char/virtio_console", "drivers/block/virtio_blk",
        "drivers/input/evdev", "drivers/acpi/button", "net/core/failover", "drivers/net/net_failover", "drivers/net/virtio_net",
        "fs/fuse/fuse", "fs/fuse/virtiofs",
    ];

    /// <summary>What to boot: a script that may call 'modules' to load the drivers in its initramfs.</summary>
    internal static BootRequest Boot(
        string script, string? modules = null, string commandLine = CommandLine, string kernelVariable = GuestKernel.Variable)
    {
        byte[] kernel = File.ReadAllBytes(GuestKernel.Require(kernelVariable));
        Assert.SkipUnless(File.Exists(Busybox), "This machine has no busybox (package busybox-static).");
        return new BootRequest
        {
            Kernel = kernel,
            Initramfs = Initramfs((commandLine == CommandLine ? ListComplaints : "") + script, modules),
            CommandLine = commandLine,
        };
    }

    /// <summary>The modules beside the kernel, or a skipped test.</summary>
    internal static string RequireModules(string kernelVariable = GuestKernel.Variable)
    {
        string? modules = GuestKernel.ModulesOf(GuestKernel.Require(kernelVariable));
        Assert.SkipUnless(modules is not null, "The kernel's modules are not beside it.");
        return modules!;
    }

    // What the kernel printed as a warning or worse until the first program ran.
    private const string Complaint = "The kernel complained:";

    // Real hardware makes it say so, too: a keyboard without a mouse, and the numbers of many processors.
    private const string ListComplaints =
        $"dmesg -r | grep '^<[0-4]>' | grep -vE 'appears to have AUX port disabled|\\]( +#[0-9]+)+$' | sed 's/^/{Complaint} /'\n";

    /// <summary>Holds the kernel's own log to saying nothing that real hardware would not make it say.</summary>
    internal static void AssertNoComplaint(string text)
    {
        string[] words = [Complaint, "BUG:", "WARNING:", "Oops", "Call Trace", "unchecked MSR", "ACPI Error", "ACPI BIOS", "rcu: INFO", "soft lockup", "blocked for more"];
        string complaints = string.Join('\n', text.Split('\n').Where(line => words.Any(word => line.Contains(word, StringComparison.Ordinal))));
        Assert.True(complaints.Length == 0, complaints + "\n" + text);
    }

    private static byte[] Initramfs(string script, string? modules)
    {
        using MemoryStream stream = new();
        using InitramfsWriter writer = new(stream);
        foreach (string directory in (string[])["/dev", "/bin", "/proc", "/sys", "/mnt"])
        {
            writer.AddDirectory(directory);
        }

        writer.AddCharacterDevice("/dev/console", 5, 1);
        writer.AddFile("/bin/busybox", File.ReadAllBytes(Busybox), Executable);
        writer.AddLink("/bin/sh", "busybox");
        StringBuilder insert = new();
        foreach (string name in modules is null ? [] : s_modules)
        {
            // A kernel that has a driver built in has no file of it.
            string file = Path.Combine(modules!, "kernel", name + ".ko");
            if (Path.Exists(file) || Path.Exists(file + ".xz"))
            {
                string found = Path.Exists(file) ? file : file + ".xz";
                writer.AddFile("/" + Path.GetFileName(found), File.ReadAllBytes(found));
                insert.Append("insmod /").Append(Path.GetFileName(found)).Append("; ");
            }
        }

        string init = $$"""
            #!/bin/busybox sh
            /bin/busybox --install -s /bin
            PATH=/bin
            modules() { {{insert}}:; }
            {{script}}
            """;
        writer.AddFile("/init", Encoding.UTF8.GetBytes(init.ReplaceLineEndings("\n")), Executable);
        writer.Finish();
        return stream.ToArray();
    }
}
