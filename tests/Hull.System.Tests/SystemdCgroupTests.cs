using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Hull.Machine.Boot;

namespace Hull.System.Tests;

/// <summary>hull-oci --systemd-cgroup where Debian's systemd is the first process, in QEMU; with and without a message bus.</summary>
public sealed partial class SystemdCgroupTests
{
    private const int Executable = 0x1ED;
    private const string Systemd = "/usr/lib/systemd/systemd";
    private const string BusConfiguration = "/usr/share/dbus-1/system.conf";
    private const string BusPolicy = "/usr/share/dbus-1/system.d/org.freedesktop.systemd1.conf";

    private static readonly string[] s_programs = [Systemd, "/usr/bin/systemctl", "/usr/bin/dbus-daemon"];

    private const string Configuration = """
        {"ociVersion":"1.2.0","process":{"user":{"uid":0,"gid":0},"args":["sleep","1000"],"env":["PATH=/bin"],"cwd":"/",
        "capabilities":{"bounding":["CAP_MKNOD"],"effective":["CAP_MKNOD"],"permitted":["CAP_MKNOD"]}},
        "root":{"path":"rootfs"},"mounts":[{"destination":"/proc","type":"proc","source":"proc"},
        {"destination":"/dev","type":"tmpfs","source":"tmpfs"},{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup"}],
        "annotations":{"org.systemd.property.TimeoutStopSec":"7","org.systemd.property.CollectMode":"'inactive-or-failed'"},
        "linux":{"cgroupsPath":"machine.slice:hulltest:c1","namespaces":[{"type":"pid"},{"type":"mount"},{"type":"cgroup"}],
        "resources":{"cpu":{"shares":2048,"quota":50000,"period":100000,"cpus":"0"},
        "memory":{"limit":67108864,"swap":134217728,"reservation":33554432},"pids":{"limit":33},
        "unified":{"memory.high":"60000000"},
        "devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":11,"access":"r"}]}}}
        """;

    // Each "say NAME COMMAND..." is one line of results.
    private const string Script = """
        #!/bin/busybox sh
        export PATH=/bin
        exec >/dev/ttyS0 2>&1
        say() { name=$1; shift; out=$("$@" 2>&1); echo "== $name: [$?] $(echo "$out" | tr '\n' ' ' | sed 's/ *$//')"; }
        oci="hull-oci --systemd-cgroup"
        cd /b
        sed 's/"machine.slice:hulltest:c1"/""/' config.json >plain.json
        say private sh -c "$oci run --no-pivot -f plain.json -d c0 </dev/null >/run/said 2>&1; code=\$?; cat /run/said; exit \$code"
        say slice systemctl show -p Slice -p ControlGroup hull-c0.scope
        say ended $oci delete -f c0
        say forgotten systemctl show -p LoadState hull-c0.scope
        systemctl start dbus.service
        say run sh -c "$oci run --no-pivot -d c1 </dev/null >/run/said 2>&1; code=\$?; cat /run/said; exit \$code"
        for name in Slice Description Delegate CPUWeight CPUQuotaPerSecUSec MemoryMax MemorySwapMax MemoryLow MemoryHigh TasksMax AllowedCPUs DevicePolicy TimeoutStopUSec CollectMode ActiveState; do
            say $name systemctl show --value -p $name hulltest-c1.scope
        done
        say devices sh -c 'systemctl show -p DeviceAllow hulltest-c1.scope'
        cd /sys/fs/cgroup/machine.slice/hulltest-c1.scope
        say files cat cpu.weight cpu.max cpuset.cpus memory.max memory.swap.max memory.low memory.high pids.max io.max
        say processes sh -c 'grep -c . cgroup.procs'
        say view hull-oci exec c1 cat /proc/self/cgroup
        say denied hull-oci exec c1 sh -c 'mknod /m c 1 1; head -c 1 /m'
        say null hull-oci exec c1 sh -c 'mknod /n c 1 3; head -c 1 /n && echo read'
        say update hull-oci update --memory 33554432 --pids-limit 11 --cpu-quota 20000 --cpu-period 100000 c1
        say properties systemctl show --value -p MemoryMax -p TasksMax -p CPUQuotaPerSecUSec hulltest-c1.scope
        systemctl daemon-reload
        say reloaded cat memory.max pids.max cpu.max
        say afterwards hull-oci exec c1 sh -c 'head -c 1 /m'
        say pause hull-oci pause c1
        say frozen cat cgroup.freeze
        say resume hull-oci resume c1
        cd /
        say twice $oci run --no-pivot -b /b -d c2
        say delete hull-oci delete -f c1
        say gone systemctl show --value -p LoadState hulltest-c1.scope
        say directory ls -d /sys/fs/cgroup/machine.slice/hulltest-c1.scope
        say bad sh -c "sed 's/machine.slice:hulltest:c1/nocolons/' /b/config.json >/b/bad.json; $oci run --no-pivot -b /b -f /b/bad.json -d c3"
        say failing sh -c "sed 's/\"sleep\",/\"nosuch\",/' /b/config.json >/b/bad.json; $oci run --no-pivot -b /b -f /b/bad.json -d c4"
        say left sh -c 'systemctl list-units --all --no-legend --plain "hull*"; hull-oci list -q'
        echo "== end: [0]"
        poweroff -f
        """;

    private static readonly (string Name, string Text)[] s_units =
    [
        ("default.target", "[Unit]\nWants=test.service\n"),
        ("test.service", "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/test.sh\nTimeoutStartSec=infinity\n"),
        ("dbus.socket", "[Unit]\nDefaultDependencies=no\n[Socket]\nListenStream=/run/dbus/system_bus_socket\n"),
        ("dbus.service", "[Unit]\nDefaultDependencies=no\nRequires=dbus.socket\n[Service]\nType=notify\nNotifyAccess=main\n"
            + "ExecStart=/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile\n"),
    ];

    [Fact]
    public void Run_WithSystemd_MakesChangesAndRemovesTheUnit()
    {
        EmulatedGuest.Require();
        Assert.SkipUnless(
            s_programs.All(File.Exists) && File.Exists(BusConfiguration) && File.Exists(BusPolicy), "The guest needs the packages systemd and dbus of this machine.");

        Dictionary<string, string> said = EmulatedGuest.Run(Initramfs());
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', said));

        // Without a bus, over systemd's own socket.
        Assert.Equal(("[0]", "[0] Slice=system.slice ControlGroup=/system.slice/hull-c0.scope"), (said["private"], said["slice"]));
        Assert.Equal(("[0]", "[0] LoadState=not-found"), (said["ended"], said["forgotten"]));

        Assert.Equal(("[0]", "[0] machine.slice", "[0] Hull container c1"), (said["run"], said["Slice"], said["Description"]));
        Assert.Equal(("[0] yes", "[0] active"), (said["Delegate"], said["ActiveState"]));
        Assert.Equal(("[0] 174", "[0] 500ms", "[0] 0"), (said["CPUWeight"], said["CPUQuotaPerSecUSec"], said["AllowedCPUs"]));
        Assert.Equal(("[0] 67108864", "[0] 67108864"), (said["MemoryMax"], said["MemorySwapMax"]));
        Assert.Equal(("[0] 33554432", "[0] 60000000", "[0] 33"), (said["MemoryLow"], said["MemoryHigh"], said["TasksMax"]));
        Assert.Equal(("[0] strict", "[0] 7s", "[0] inactive-or-failed"), (said["DevicePolicy"], said["TimeoutStopUSec"], said["CollectMode"]));
        Assert.Contains("DeviceAllow=/dev/char/1:11 r", said["devices"], StringComparison.Ordinal);
        Assert.Equal("[0] 174 50000 100000 0 67108864 67108864 33554432 59998208 33", said["files"]);
        Assert.Equal(("[0] 1", "[0] 0::/"), (said["processes"], said["view"]));
        Assert.Equal(("[1] head: /m: Operation not permitted", "[0] read"), (said["denied"], said["null"]));

        // What was updated is still so after systemd wrote everything anew.
        Assert.Equal(("[0]", "[0] 200ms 33554432 11"), (said["update"], said["properties"]));
        Assert.Equal("[0] 33554432 11 20000 100000", said["reloaded"]);
        Assert.Equal("[1] head: /m: Operation not permitted", said["afterwards"]);
        Assert.Equal(("[0]", "[0] 1", "[0]"), (said["pause"], said["frozen"], said["resume"]));

        Assert.StartsWith("[1]", said["twice"], StringComparison.Ordinal);
        Assert.Contains("hulltest-c1.scope", said["twice"], StringComparison.Ordinal);
        Assert.Equal(("[0]", "[0] not-found"), (said["delete"], said["gone"]));
        Assert.StartsWith("[1]", said["directory"], StringComparison.Ordinal);
        Assert.Contains("slice:prefix:name", said["bad"], StringComparison.Ordinal);
        Assert.Contains("executable file not found", said["failing"], StringComparison.Ordinal);
        Assert.Equal("[0]", said["left"]);
    }

    private static byte[] Initramfs()
    {
        using MemoryStream stream = new();
        using InitramfsWriter writer = new(stream);
        HashSet<string> made = [];
        byte[] busybox = File.ReadAllBytes(EmulatedGuest.Busybox);
        foreach (string directory in (string[])["/proc", "/sys", "/dev", "/run", "/tmp", "/var/lib", "/var/log", "/b/rootfs/run"])
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
        Add("/b/config.json", Encoding.UTF8.GetBytes(Configuration));
        Add("/test.sh", Encoding.UTF8.GetBytes(Script.ReplaceLineEndings("\n")));
        foreach (string name in (string[])["sh", "cat", "sleep", "dd", "head", "mknod", "wc", "echo", "tr", "sed", "grep", "ls", "poweroff"])
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

        Add(BusConfiguration, File.ReadAllBytes(BusConfiguration));
        Add(BusPolicy, File.ReadAllBytes(BusPolicy));
        Add("/etc/passwd", "root:x:0:0::/:/bin/sh\nmessagebus:x:100:100::/:/bin/false\n"u8.ToArray());
        Add("/etc/group", "root:x:0:\nmessagebus:x:100:\n"u8.ToArray());
        Add("/etc/machine-id", "0123456789abcdef0123456789abcdef\n"u8.ToArray());
        foreach ((string name, string text) in s_units)
        {
            Add("/etc/systemd/system/" + name, Encoding.UTF8.GetBytes(text));
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
