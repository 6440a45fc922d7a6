using System.Diagnostics;
using System.Text;
using Hull.Machine.Boot;

namespace Hull.System.Tests;

/// <summary>A Debian kernel, with version 2 cgroups only if not told otherwise, in QEMU without hardware virtualization; what it says is read line by line.</summary>
internal static class EmulatedGuest
{
    /// <summary>The static busybox.</summary>
    internal const string Busybox = "/usr/bin/busybox";

    private const string Emulator = "/usr/bin/qemu-system-x86_64";
    private const int DiskBytes = 8 << 20;
    private const int Executable = 0x1ED;

    private static readonly string[] s_places = ["bin", "run", "proc", "dev"];
    private static readonly string[] s_commands = ["sh", "cat", "sleep", "dd", "head", "mknod", "wc", "echo", "grep"];
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(300);

    /// <summary>The static hull-oci.</summary>
    internal static string Program => Checkout.Program("hull-oci");

    /// <summary>Skips the calling test where there is no such guest.</summary>
    internal static void Require()
    {
        Assert.SkipUnless(File.Exists(Emulator), "This machine has no QEMU (package qemu-system-x86).");
        Assert.SkipUnless(File.Exists(Busybox), "This machine has no busybox (package busybox-static).");
        Assert.SkipUnless(File.Exists(Program) && IsStatic(Program), "The guest needs the published, static hull-oci: set HULL_BIN.");
        _ = GuestKernel.Require();
    }

    /// <summary>A guest with busybox, hull-oci and a bundle of busybox in <c>/b</c>.</summary>
    /// <param name="script">The first process.</param>
    /// <param name="files">Further files, by path.</param>
    internal static byte[] MakeInitramfs(string script, params IEnumerable<(string Path, byte[] Content)> files)
    {
        using MemoryStream stream = new();
        using InitramfsWriter writer = new(stream);
        foreach (string directory in (string[])["/dev", "/bin", "/proc", "/sys", "/run", "/b", "/b/rootfs", .. s_places.Select(place => "/b/rootfs/" + place)])
        {
            writer.AddDirectory(directory);
        }

        byte[] busybox = File.ReadAllBytes(Busybox);
        writer.AddCharacterDevice("/dev/console", 5, 1);
        writer.AddFile("/bin/busybox", busybox, Executable);
        writer.AddFile("/bin/hull-oci", File.ReadAllBytes(Program), Executable);
        writer.AddLink("/bin/sh", "busybox");
        writer.AddFile("/b/rootfs/bin/busybox", busybox, Executable);
        foreach (string name in s_commands)
        {
            writer.AddLink("/b/rootfs/bin/" + name, "busybox");
        }

        foreach ((string path, byte[] content) in files)
        {
            writer.AddFile(path, content);
        }

        writer.AddFile("/init", Encoding.UTF8.GetBytes(script.ReplaceLineEndings("\n")), Executable);
        writer.Finish();
        return stream.ToArray();
    }

    /// <summary>Boots it, and returns what the lines <c>== NAME: RESULT</c> say once it switched itself off.</summary>
    /// <param name="initramfs">Its files.</param>
    /// <param name="options">Further words for the kernel.</param>
    internal static Dictionary<string, string> Run(byte[] initramfs, string options = "cgroup_no_v1=all")
    {
        string directory = Directory.CreateTempSubdirectory("hull-guest-").FullName;
        try
        {
            File.WriteAllBytes(directory + "/initrd", initramfs);
            File.WriteAllBytes(directory + "/disk", new byte[DiskBytes]);
            ProcessStartInfo start = new(
                Emulator,
                [
                    "-accel", "tcg", "-cpu", "max", "-m", "512", "-smp", "2", "-nographic", "-no-reboot", "-nic", "none",
                    "-drive", $"file={directory}/disk,if=none,id=disk,format=raw", "-device", "nvme,drive=disk,serial=disk",
                    "-kernel", GuestKernel.Require(), "-initrd", directory + "/initrd",
                    "-append", "console=ttyS0 quiet panic=-1 reboot=k cryptomgr.notests " + options,
                ])
            { RedirectStandardOutput = true, RedirectStandardInput = true };
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            Task<string> reading = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(s_limit))
            {
                process.Kill();
            }

            return Parse(reading.GetAwaiter().GetResult());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static Dictionary<string, string> Parse(string output)
    {
        Dictionary<string, string> said = [];
        foreach (string line in output.ReplaceLineEndings("\n").Split('\n'))
        {
            // The first line follows what the firmware wrote to clear the screen.
            if (line.IndexOf("== ", StringComparison.Ordinal) is >= 0 and int start
                && line.IndexOf(": ", start, StringComparison.Ordinal) is > 0 and int end)
            {
                said[line[(start + 3)..end]] = line[(end + 2)..].TrimEnd();
            }
        }

        Assert.True(said.ContainsKey("end"), output);
        return said;
    }

    // A program with an interpreter (PT_INTERP) names the dynamic loader, which the guest does not have.
    private static bool IsStatic(string path) => File.ReadAllBytes(path).AsSpan().IndexOf("/lib64/ld-linux-x86-64.so.2\0"u8) < 0;
}
