using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.Text;

namespace Hull.System.Tests;

/// <summary>A Hull of its own in a temporary root with one busybox image, driven through its command line.</summary>
/// <remarks>Programs come from $HULL_BIN, or from this build. Needs root; see <see cref="RequireRoot"/>.</remarks>
public sealed class HullHost : IDisposable
{
    private const string Image = "busybox";
    private const string Busybox = "/usr/bin/busybox";
    private const int TimeoutMs = 120_000;

    private static readonly string[] s_applets =
        ["sh", "echo", "cat", "true", "false", "sleep", "id", "ls", "kill", "env", "pwd", "hostname", "touch", "head", "test", "yes", "dd", "rm", "mkdir", "seq", "trap", "wc", "nproc", "grep", "stty", "tty", "ln", "tr", "timeout", "printenv", "stat", "ps"];

    /// <summary>The hulls, by the names of <c>--isolation</c>.</summary>
    public const string Container = "container";

    public const string Machine = "vm";

    private readonly string _directory = Directory.CreateTempSubdirectory("hull-system-").FullName;
    private readonly string _isolation;
    private readonly string? _kernel;
    private readonly bool _hasOwnDisk;
    private readonly string? _vmRoot;

    /// <param name="isolation">How containers are held apart.</param>
    /// <param name="diskMegabytes">How large the disk of the root is; 0 for the machine's own.</param>
    /// <param name="vmRoot">How machines get their root, by the names of <c>--vm-root</c>; null for what they do without.</param>
    /// <param name="isStuck">Whether machines get a kernel that never comes up.</param>
    public HullHost(string isolation = Container, int diskMegabytes = 0, string? vmRoot = null, bool isStuck = false)
    {
        _isolation = isolation;
        _vmRoot = vmRoot;
        _hasOwnDisk = diskMegabytes > 0 && CanRun;
        if (_hasOwnDisk)
        {
            Directory.CreateDirectory(Root);
            Mount("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={diskMegabytes}m"), "hull-test", Root);
        }

        if (isolation == Machine)
        {
            // Before anything is made that would have to be removed.
            RequireRoot();
            Assert.SkipUnless(File.Exists(Guest), "Needs the published programs (HULL_BIN): the guest's agent is a static executable.");
            _kernel = GuestKernel.Require();
            Assert.SkipUnless(GuestKernel.ModulesOf(_kernel) is not null, "The guest kernel's modules do not lie beside it.");
            _kernel = isStuck ? StuckKernel.Write(_directory, GuestKernel.ModulesOf(_kernel)!) : _kernel;
        }

        if (CanRun)
        {
            string archive = Path.Combine(_directory, "busybox.tar");
            WriteArchive(archive);
            Run("image", "import", archive, Image).Succeeds();
        }
    }

    public static bool CanRun => Environment.IsPrivilegedProcess && File.Exists(Busybox) && File.Exists(Program);

    public string Root => Path.Combine(_directory, "root");

    public string State => Path.Combine(_directory, "state");

    internal static string Program => Checkout.Program("hull");

    internal static string TaskProgram => Checkout.Program("hull-task");

    /// <summary>Everything of this host is below it.</summary>
    internal string HomeDirectory => _directory;

    // Only published: the guest's agent must be a static executable.
    private static string? Guest => Environment.GetEnvironmentVariable("HULL_BIN") is null ? null : Checkout.Program("hull-guest");

    /// <summary>Skips the calling test where it cannot run.</summary>
    public static void RequireRoot() =>
        Assert.SkipUnless(CanRun, "Needs root, /usr/bin/busybox (static) and built programs: containers are made for real.");

    public HullResult Run(params string[] arguments) => RunWithInput(null, arguments);

    public HullResult RunWithInput(string? input, params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(input ?? "");
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A command need not read what it is given, and may have ended.
        }

        if (!process.WaitForExit(TimeoutMs))
        {
            process.Kill();
            Assert.Fail($"hull {string.Join(' ', arguments)} did not end.");
        }

        return new HullResult(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>Runs a command that reads or prints bytes, and returns what it printed.</summary>
    public byte[] RunForBytes(byte[]? input, params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        using MemoryStream output = new();
        Task read = process.StandardOutput.BaseStream.CopyToAsync(output);
        process.StandardInput.BaseStream.Write(input ?? []);
        process.StandardInput.Close();
        Assert.True(process.WaitForExit(TimeoutMs), "It did not end.");
        read.Wait(TimeoutMs);
        Assert.True(process.ExitCode == 0, error.GetAwaiter().GetResult());
        return output.ToArray();
    }

    public Process Start(params string[] arguments)
    {
        ProcessStartInfo start = StartInfo();
        bool makes = arguments is ["run" or "create", ..] && !arguments.Contains("--isolation");
        string[] root = _vmRoot is null ? [] : ["--vm-root", _vmRoot];
        foreach (string argument in makes ? [arguments[0], "--isolation", _isolation, .. root, .. arguments[1..]] : arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    /// <summary>Runs a command under another program that begins with it, such as one that takes rights away.</summary>
    public HullResult RunUnder(string[] wrapper, params string[] arguments)
    {
        ProcessStartInfo start = StartInfo(wrapper[0]);
        foreach (string argument in (string[])[.. wrapper[1..], Program, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(TimeoutMs), "It did not end.");
        return new HullResult(process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    /// <summary>How hull is started here; arguments are to be added.</summary>
    /// <param name="program">The program; hull when null.</param>
    public ProcessStartInfo StartInfo(string? program = null)
    {
        ProcessStartInfo start = new(program ?? Program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HULL_ROOT"] = Root;
        start.Environment["HULL_STATE"] = State;
        start.Environment["HULL_TASK"] = TaskProgram;
        if (_kernel is not null)
        {
            start.Environment["HULL_KERNEL"] = _kernel;
        }

        start.Environment["DOCKER_CONFIG"] = Path.Combine(_directory, "docker");
        start.Environment.Remove("REGISTRY_AUTH_FILE");
        return start;
    }

    /// <summary>A value of a container, by Docker's template.</summary>
    public string Inspect(string name, string template) => Run("inspect", "--format", template, name).Succeeds().Trim();

    /// <summary>Waits until a container's value is as wanted; each look is one command.</summary>
    public void Await(string name, string template, string wanted)
    {
        long end = Environment.TickCount64 + TimeoutMs;
        string seen = "";
        while (Environment.TickCount64 < end && (seen = Inspect(name, template)) != wanted)
        {
        }

        Assert.Equal(wanted, seen);
    }

    /// <summary>Nothing of any container is left: records, roots, tasks, cgroups, mounts.</summary>
    public void AssertNothingLeft()
    {
        Assert.Equal("", Run("ps", "-aq").Succeeds());
        Assert.Empty(Entries(Path.Combine(Root, "containers")));
        Assert.Empty(Entries(Path.Combine(Root, "snapshots", "containers")));
        Assert.Empty(Entries(Path.Combine(State, "tasks")));
        Assert.Empty(Entries(Path.Combine(State, "runtime")));
        Assert.Empty(Entries(Path.Combine(State, "machines")));
        Assert.DoesNotContain(_directory + "/root/", File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.DoesNotContain(State, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        if (CanRun)
        {
            string[] ids = Run("ps", "-aq").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (ids.Length > 0)
            {
                Run(["rm", "-f", .. ids]);
            }
        }

        if (_hasOwnDisk)
        {
            Mount("umount", Root);
        }

        Directory.Delete(_directory, recursive: true);
    }

    private static void Mount(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} failed; in use by: {string.Join("; ", HoldersOf(arguments[^1]))}");
    }

    // Who keeps a file system busy: a process of Hull's that outlives its command shows here by name.
    private static IEnumerable<string> HoldersOf(string path)
    {
        foreach (string process in Directory.EnumerateDirectories("/proc").Where(name => char.IsAsciiDigit(Path.GetFileName(name)[0])))
        {
            string[] links;
            string command;
            try
            {
                links = [process + "/cwd", process + "/root", process + "/exe", .. Directory.GetFiles(process + "/fd")];
                command = File.ReadAllText(process + "/cmdline").Replace('\0', ' ');
            }
            catch (IOException)
            {
                continue;
            }

            foreach (string target in links.Select(link => new FileInfo(link).LinkTarget).OfType<string>().Where(target => target.StartsWith(path, StringComparison.Ordinal)))
            {
                yield return $"{process} ({command}): {target}";
            }
        }
    }

    internal static string[] Entries(string directory) => Directory.Exists(directory) ? Directory.GetFileSystemEntries(directory) : [];

    private static void WriteArchive(string path)
    {
        using TarWriter tar = new(File.Create(path), TarEntryFormat.Pax, leaveOpen: false);
        foreach (string name in (string[])["bin", "etc", "tmp", "proc", "sys", "dev", "root", "data"])
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.Directory, name) { Mode = (UnixFileMode)0x1ed });
        }

        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "bin/busybox")
        {
            Mode = (UnixFileMode)0x1ed,
            DataStream = new MemoryStream(File.ReadAllBytes(Busybox)),
        });
        foreach (string applet in s_applets)
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "bin/" + applet) { LinkName = "busybox" });
        }

        WriteText(tar, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n");
        WriteText(tar, "etc/group", "root:x:0:\nuser:x:1000:\n");
        WriteText(tar, "data/seed", string.Create(CultureInfo.InvariantCulture, $"seed {1}\n"));
    }

    private static void WriteText(TarWriter tar, string name, string text) => tar.WriteEntry(
        new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)), Mode = (UnixFileMode)0x1a4 });
}
