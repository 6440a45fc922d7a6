using System.Diagnostics;
using System.Text;
using Hull.Machine.Boot;

namespace Hull.System.Tests;

/// <summary>hull-oci on a kernel with AppArmor in force, in QEMU: whoever runs in a container runs under its profile.</summary>
public sealed class SecurityModuleTests
{
    private const int Executable = 0x1ED;
    private const string Compiler = "/usr/sbin/apparmor_parser";
    private const string Features = "/etc/apparmor.d/abi/3.0";

    private const string Profiles = """
        profile hulltest flags=(attach_disconnected) {
          file, capability, network, mount, signal, ptrace, unix,
          deny /secret rwklx,
        }
        profile hullother flags=(attach_disconnected) {
          file, capability, network, mount, signal, ptrace, unix,
        }
        """;

    private const string Show = "cat /proc/self/attr/current; cat /secret; echo end";

    // Each "say NAME COMMAND..." is one line of results.
    private const string Script = """
        #!/bin/busybox sh
        /bin/busybox --install -s /bin
        PATH=/bin
        mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs run /run
        mount -t cgroup2 none /sys/fs/cgroup; mount -t securityfs none /sys/kernel/security
        say() { name=$1; shift; out=$("$@" 2>&1 </dev/null); echo "== $name: [$?] $(echo "$out" | tr '\n' ' ' | sed 's/ *$//')"; }
        say load dd if=/policy of=/sys/kernel/security/apparmor/.load bs=64k
        say enabled cat /sys/module/apparmor/parameters/enabled
        cd /b
        say run hull-oci run --no-pivot -f run.json c0
        say user hull-oci run --no-pivot -f user.json c1
        say free hull-oci run --no-pivot -f free.json c2
        say unknown hull-oci run --no-pivot -f unknown.json c3
        hull-oci run --no-pivot -f wait.json -d c4 </dev/null >/run/said 2>&1
        say exec hull-oci exec c4 sh -c 'SHOW'
        say other hull-oci exec --apparmor hullother c4 sh -c 'SHOW'
        echo '{"args":["sh","-c","SHOW"],"env":["PATH=/bin"],"cwd":"/"}' >/run/process.json
        say file hull-oci exec --process /run/process.json c4
        say first sh -c 'cat /proc/$(hull-oci state c4 | grep "\"pid\"" | tr -dc 0-9)/attr/current'
        hull-oci delete -f c4
        echo "== end: [0]"
        poweroff -f
        """;

    [Fact]
    public void Run_WhereTheKernelHasAppArmor_EveryProcessIsUnderTheProfile()
    {
        EmulatedGuest.Require();
        Assert.SkipUnless(File.Exists(Compiler) && File.Exists(Features), "This machine has no AppArmor compiler (package apparmor).");

        Dictionary<string, string> said = EmulatedGuest.Run(Initramfs(), "apparmor=1 security=apparmor");
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', said));

        const string Confined = "[0] hulltest (enforce) cat: can't open '/secret': Permission denied end";
        Assert.StartsWith("[0]", said["load"], StringComparison.Ordinal);
        Assert.Equal("[0] Y", said["enabled"]);
        Assert.Equal(Confined, said["run"]);
        Assert.Equal(Confined, said["user"]);
        Assert.Equal("[0] unconfined secret end", said["free"]);

        // A profile that is not loaded is a failure, and the program does not run without it.
        Assert.StartsWith("[1] ", said["unknown"], StringComparison.Ordinal);
        Assert.Contains("nosuch", said["unknown"], StringComparison.Ordinal);
        Assert.DoesNotContain("secret", said["unknown"], StringComparison.Ordinal);

        Assert.Equal("[0] hulltest (enforce)", said["first"]);
        Assert.Equal(Confined, said["exec"]);
        Assert.Equal(Confined, said["file"]);
        Assert.Equal("[0] hullother (enforce) secret end", said["other"]);
    }

    private static string Configuration(string profile, string command, bool user)
    {
        const string Ids = "[{\"containerID\":0,\"hostID\":100000,\"size\":1000}]";
        string mappings = user ? $",\"uidMappings\":{Ids},\"gidMappings\":{Ids}" : "";
        string space = user ? ",{\"type\":\"user\"}" : "";
        return $$"""
            {"ociVersion":"1.2.0","process":{"user":{"uid":0,"gid":0},"args":["sh","-c","{{command}}"],"env":["PATH=/bin"],"cwd":"/",
            "noNewPrivileges":true,"apparmorProfile":"{{profile}}"},"root":{"path":"rootfs"},
            "mounts":[{"destination":"/proc","type":"proc","source":"proc"},{"destination":"/dev","type":"tmpfs","source":"tmpfs"}],
            "linux":{"namespaces":[{"type":"pid"},{"type":"mount"},{"type":"ipc"}{{space}}]{{mappings}} } }
            """;
    }

    private static byte[] Initramfs()
    {
        using MemoryStream stream = new();
        using InitramfsWriter writer = new(stream);
        foreach (string directory in (string[])
            ["/dev", "/bin", "/proc", "/sys", "/run", "/b", "/b/rootfs", "/b/rootfs/bin", "/b/rootfs/proc", "/b/rootfs/dev"])
        {
            writer.AddDirectory(directory);
        }

        byte[] busybox = File.ReadAllBytes(EmulatedGuest.Busybox);
        writer.AddCharacterDevice("/dev/console", 5, 1);
        writer.AddFile("/bin/busybox", busybox, Executable);
        writer.AddFile("/bin/hull-oci", File.ReadAllBytes(EmulatedGuest.Program), Executable);
        writer.AddLink("/bin/sh", "busybox");
        writer.AddFile("/b/rootfs/bin/busybox", busybox, Executable);
        foreach (string name in (string[])["sh", "cat", "sleep", "echo"])
        {
            writer.AddLink("/b/rootfs/bin/" + name, "busybox");
        }

        writer.AddFile("/b/rootfs/secret", "secret\n"u8.ToArray());
        writer.AddFile("/policy", Compile());
        foreach ((string name, string profile, string command, bool user) in ((string, string, string, bool)[])
        [
            ("run", "hulltest", Show, false),
            ("user", "hulltest", Show, true),
            ("free", "", Show, false),
            ("unknown", "nosuch", Show, false),
            ("wait", "hulltest", "exec sleep 1000", false),
        ])
        {
            writer.AddFile($"/b/{name}.json", Encoding.UTF8.GetBytes(Configuration(profile, command, user)));
        }

        writer.AddFile("/init", Encoding.UTF8.GetBytes(Script.Replace("SHOW", Show, StringComparison.Ordinal).ReplaceLineEndings("\n")), Executable);
        writer.Finish();
        return stream.ToArray();
    }

    // For the guest's kernel, not this machine's: the compiler is told what that kernel can.
    private static byte[] Compile()
    {
        using Process process = Process.Start(new ProcessStartInfo(Compiler, ["-Q", "-K", "-S", "-M", Features])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        process.StandardInput.Write(Profiles);
        process.StandardInput.Close();
        using MemoryStream policy = new();
        process.StandardOutput.BaseStream.CopyTo(policy);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return policy.ToArray();
    }
}
