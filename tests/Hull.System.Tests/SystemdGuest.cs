using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Hull.Machine.Boot;

namespace Hull.System.Tests;

/// <summary>A guest whose first process is this machine's systemd, with its bus, a bundle in <c>/b</c> and a script that it runs.</summary>
internal static partial class SystemdGuest
{
    private const int Executable = 0x1ED;
    private const string Systemd = "/usr/lib/systemd/systemd";
    private const string BusConfiguration = "/usr/share/dbus-1/system.conf";
    private const string UserBusConfiguration = "/usr/share/dbus-1/session.conf";
    private const string BusPolicy = "/usr/share/dbus-1/system.d/org.freedesktop.systemd1.conf";

    private static readonly string[] s_programs = [Systemd, "/usr/bin/systemctl", "/usr/bin/dbus-daemon"];

    private static readonly string[] s_applets =
    [
        "sh", "cat", "sleep", "dd", "head", "mknod", "wc", "echo", "tr", "sed", "grep", "ls", "poweroff", "id", "mkdir", "chown",
    ];

    private static readonly (string Name, string Text)[] s_units =
    [
        ("system/default.target", "[Unit]\nWants=test.service\n"),
        ("system/test.service", "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/test.sh\nTimeoutStartSec=infinity\n"),
        ("system/dbus.socket", "[Unit]\nDefaultDependencies=no\n[Socket]\nListenStream=/run/dbus/system_bus_socket\n"),
        ("system/dbus.service", "[Unit]\nDefaultDependencies=no\nRequires=dbus.socket\n[Service]\nType=notify\nNotifyAccess=main\n"
            + "ExecStart=/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile\n"),
        ("system/user.service", "[Unit]\nDefaultDependencies=no\n[Service]\nUser=1000\nGroup=1000\nDelegate=yes\n"
            + "Environment=XDG_RUNTIME_DIR=/run/user/1000 HOME=/\nExecStart=/usr/lib/systemd/systemd --user\n"),
        ("user/default.target", "[Unit]\nWants=test.service\n"),
        ("user/test.service", "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/user.sh\nTimeoutStartSec=infinity\n"),
        ("user/dbus.socket", "[Unit]\nDefaultDependencies=no\n[Socket]\nListenStream=%t/bus\n"),
        ("user/dbus.service", "[Unit]\nDefaultDependencies=no\nRequires=dbus.socket\n[Service]\nType=notify\nNotifyAccess=main\n"
            + "ExecStart=/usr/bin/dbus-daemon --session --address=systemd: --nofork --nopidfile\n"),
    ];

    /// <summary>Skips the calling test where there is no such guest.</summary>
    internal static void Require()
    {
        EmulatedGuest.Require();
        Assert.SkipUnless(
            s_programs.All(File.Exists) && File.Exists(BusConfiguration) && File.Exists(UserBusConfiguration) && File.Exists(BusPolicy),
            "The guest needs the packages systemd and dbus of this machine.");
    }

    /// <summary>Makes its files.</summary>
    /// <param name="configuration">The bundle's configuration.</param>
    /// <param name="script">What root runs once systemd is up.</param>
    /// <param name="userScript">What the user's systemd runs, when the script starts <c>user.service</c>; null for nothing.</param>
    internal static byte[] Make(string configuration, string script, string? userScript = null)
    {
        using MemoryStream stream = new();
        using InitramfsWriter writer = new(stream);
        HashSet<string> made = [];
        byte[] busybox = File.ReadAllBytes(EmulatedGuest.Busybox);
        foreach (string directory in (string[])
            ["/proc", "/sys", "/dev", "/run", "/tmp", "/var/lib", "/var/log", "/b/rootfs/run", "/b/rootfs/proc", "/b/rootfs/dev"])
        {
            AddDirectories(writer, made, directory);
        }

        void Add(string path, byte[] content)
        {
            AddDirectories(writer, made, Path.GetDirectoryName(path)!);
            writer.AddFile(path, content, Executable);
        }

        Add("/bin/busybox", busybox);
        Add("/bin/hull-oci", File.ReadAllBytes(EmulatedGuest.Program));
        Add("/b/rootfs/bin/busybox", busybox);
        Add("/b/config.json", Encoding.UTF8.GetBytes(configuration));
        Add("/test.sh", Encoding.UTF8.GetBytes(script.ReplaceLineEndings("\n")));
        Add("/user.sh", Encoding.UTF8.GetBytes((userScript ?? "").ReplaceLineEndings("\n")));
        foreach (string name in s_applets)
        {
            writer.AddLink("/bin/" + name, "busybox");
            writer.AddLink("/b/rootfs/bin/" + name, "busybox");
        }

        // The dynamic loader is asked for below /lib64, everything else below /usr/lib.
        writer.AddLink("/lib", "usr/lib");
        writer.AddLink("/bin/systemctl", "../usr/bin/systemctl");
        writer.AddLink("/init", Systemd[1..]);
        foreach (string file in s_programs.Concat(s_programs.SelectMany(Libraries)).Distinct())
        {
            Add(file, File.ReadAllBytes(file));
        }

        foreach (string file in (string[])[BusConfiguration, UserBusConfiguration, BusPolicy])
        {
            Add(file, File.ReadAllBytes(file));
        }

        Add("/etc/passwd", "root:x:0:0::/:/bin/sh\nmessagebus:x:100:100::/:/bin/false\nuser:x:1000:1000::/:/bin/sh\n"u8.ToArray());
        Add("/etc/group", "root:x:0:\nmessagebus:x:100:\nuser:x:1000:\n"u8.ToArray());
        Add("/etc/machine-id", "0123456789abcdef0123456789abcdef\n"u8.ToArray());
        foreach ((string name, string text) in s_units)
        {
            Add("/etc/systemd/" + name, Encoding.UTF8.GetBytes(text));
        }

        writer.Finish();
        return stream.ToArray();
    }

    private static void AddDirectories(InitramfsWriter writer, HashSet<string> made, string path)
    {
        for (int end = path.IndexOf('/', 1); path.Length > 1; end = path.IndexOf('/', end + 1))
        {
            string part = end < 0 ? path : path[..end];
            if (made.Add(part))
            {
                writer.AddDirectory(part);
            }

            if (end < 0)
            {
                return;
            }
        }
    }

    private static IEnumerable<string> Libraries(string program)
    {
        using Process process = Process.Start(new ProcessStartInfo("/usr/bin/ldd", [program]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        foreach (Match match in LibraryPath().Matches(output))
        {
            yield return match.Value.StartsWith("/lib/", StringComparison.Ordinal) ? "/usr" + match.Value : match.Value;
        }
    }

    [GeneratedRegex(@"/\S+(?= \(0x)")]
    private static partial Regex LibraryPath();
}
